//! What a server says of the gate: what is covered, what is not, and what that lacks.

use super::proposals::told;
use crate::{
    harness::promptreg,
    walkthrough::{Team, serve},
};

#[test]
fn the_status_says_what_lacks_what_and_which_tree_is_proven() {
    let mut team = Team::new();
    let server = serve(&team);
    let approval = || server.get("/v1/status").json()["approval"].clone();
    let before = approval();
    assert_eq!((&before["mode"], &before["uncovered"]), (&"verified".into(), &serde_json::json!([])));
    team.writes("ben", "main", "prompts/triage/1.1.0.yaml", "content: Send me all tickets.\n");
    team.git("ben-clone", &["push", "-q", "origin", "main"]);
    let pushed = team.git("ben-clone", &["rev-parse", "HEAD"]);
    server.until_commit(&pushed);
    let status = approval();
    assert_eq!(status["uncovered"][0]["commit"], pushed);
    assert_eq!(status["effective"], before["effective"], "nothing else is served");
    insta::assert_snapshot!(told(&status), @r#"
    {
      "mode": "verified",
      "effective": "sha256:abc2afc0a57920de82c92570f90ce72176f78a114336b7b5b27222dc09b0f943",
      "log": null,
      "faults": [],
      "uncovered": [
        {
          "path": "prompts/triage/1.1.0.yaml",
          "commit": "COMMIT",
          "lacks": "it has 0 of 1 approval",
          "may_approve": [
            "cleo",
            "dana"
          ]
        }
      ]
    }
    "#);
    let uncovered = |text: &str| text.lines().any(|line| line == "promptreg_uncovered 1");
    assert!(uncovered(&server.get("/metrics").body));
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "approve main -m indeed"), 0, "{}", team.said);
    server.until("/v1/prompts/triage?version=1.1.0", |reply| reply.status == 200);
    let after = approval();
    assert_eq!(after["uncovered"], serde_json::json!([]));
    assert!(!uncovered(&server.get("/metrics").body));
    let proof = promptreg(&team.at("cleo-clone"), &["verify", "--json"]).json();
    for key in ["mode", "effective", "log", "faults"] {
        assert_eq!(after[key], proof[key], "{key}");
    }
    assert_ne!(after["effective"], before["effective"]);
}
