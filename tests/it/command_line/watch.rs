//! `promptreg watch`, and what a server writes to its log.

use crate::harness::{Registry, Server, binary};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.prompt("part", "labels: {production: 1.0.0}\n", &[("1.0.0", "Bye.")]);
    registry.commit("Start");
    registry
}

/// A verb that goes on until it is told to stop.
struct Watcher {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Watcher {
    fn new(folder: &Path, args: &[&str]) -> Self {
        let mut command = binary(folder);
        let mut child = command.arg("watch").args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Its own words besides what it printed, once it was stopped as by Ctrl-C.
    fn stop(&mut self) -> String {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn watch_prints_every_commit_and_goes_on_when_the_server_is_back() {
    let registry = registry();
    let server = registry.serve(&[]);
    let (address, url) = (server.address.clone(), format!("http://{}", server.address));
    let first = registry.head().to_string();
    let mut people = Watcher::new(&registry.path(), &["--server", &url, "--after", &first]);
    let mut program = Watcher::new(&registry.path(), &["greet", "--json", "--server", &url]);
    let hello: Value = serde_json::from_str(&program.line()).unwrap();
    assert_eq!((&hello["event"], &hello["commit"]), (&"hello".into(), &first.as_str().into()));
    registry.version("greet", "1.1.0", "Hello.");
    let second = registry.land("A version");
    let mut said = people.line();
    let event: Value = serde_json::from_str(&program.line()).unwrap();
    assert_eq!((&event["previous"], &event["commit"]), (&first.as_str().into(), &second.as_str().into()));
    drop(server);
    registry.git(&["rm", "--quiet", "-r", "prompts/part"]);
    registry.land("Take away");
    registry.version("greet", "1.2.0", "Good day.");
    let last = registry.land("While it is away");
    let path = registry.path();
    let args = ["serve", "--listen", &address, "--registry", path.to_str().unwrap()];
    let _server = Server::run(binary(&path).args(args));
    said += &people.line();
    let event: Value = serde_json::from_str(&program.line()).unwrap();
    assert_eq!((&event["previous"], &event["changed"]), (&second.as_str().into(), &serde_json::json!(["greet"])));
    let said: Vec<_> = said.lines().map(|line| line.split_once("  ").unwrap().1.to_owned()).collect();
    let said = said.join("\n").replace(&second[..12], "SECOND").replace(&last[..12], "LAST");
    insta::assert_snapshot!(said, @"
    SECOND  greet
    LAST  greet, -part
    ");
    let aside = people.stop().replace(&address, "ADDRESS");
    assert!(aside.matches("cannot hear http://ADDRESS: ").count() == 1 && aside.ends_with("trying again\n"), "{aside}");
    program.stop();
}

#[test]
fn watch_says_what_keeps_it_from_watching() {
    let registry = registry();
    let server = registry.serve(&[]);
    let nowhere = format!("http://{}/nowhere", server.address);
    let said: Vec<_> = [
        &["--server", "https://example.org"][..],
        &["--server", "example.org"],
        &["--server", &nowhere],
        &["--after", "yesterday"],
        &["Not a name"],
    ]
    .iter()
    .map(|args| registry.promptreg(&[&["watch"], *args].concat()).all().replace(&server.address, "ADDRESS"))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: "https://example.org" asks for https, which this verb does not speak: write it as http://127.0.0.1:8484
    exit code 2
    error: "example.org" is no address of a server: write it as http://127.0.0.1:8484
    exit code 2
    error: cannot read http://ADDRESS/nowhere: it answers 404: there is no such route; / lists them
    exit code 3
    error: --after takes a commit of 40 hexadecimal digits, not "yesterday"
    exit code 2
    error: invalid value 'Not a name' for '[NAME]': `Not a name` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed

    For more information, try '--help'.
    exit code 2
    "#);
}

#[test]
fn the_log_is_json_where_no_person_looks_on_unless_it_is_told_otherwise() {
    let registry = registry();
    let mut json = registry.serve(&[]);
    let mut text = registry.serve(&["--log-format", "text"]);
    registry.file("prompts/part/prompt.yaml", "labels: [");
    registry.version("greet", "1.1.0", "Hello.");
    let commit = registry.land("Something good and something broken");
    json.until_commit(&commit);
    text.until_commit(&commit);
    // What is served is logged after it is served: the next look at the repository is over after that.
    for server in [&json, &text] {
        assert_eq!(server.ask("POST", "/v1/sync", &[], "").status, 200);
    }
    // Every line is one object, so that no spinner and no bar was drawn.
    let lines: Vec<Value> = json.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let serving = lines.iter().find(|line| line["message"] == "serving").unwrap_or_else(|| panic!("{lines:?}"));
    let keys = ["level", "commit", "changed", "prompts", "versions", "quarantined"].map(|key| serving[key].to_string());
    insta::assert_snapshot!(keys.join(" ").replace(&commit, "COMMIT"), @r#""INFO" "COMMIT" 1 2 3 1"#);
    let phases = serving["phases"].as_str().unwrap();
    assert!(
        phases.starts_with("git ") && phases.contains(", load ") && serving["ms"].as_f64().unwrap() > 0.0,
        "{serving}"
    );
    assert!(
        lines.iter().any(|line| line["level"] == "WARN" && line["path"] == "prompts/part/prompt.yaml"),
        "{lines:?}"
    );
    let log = text.log();
    assert!(log.contains(&format!("serving commit=\"{commit}\" changed=1 ")), "{log}");
}

#[test]
fn a_form_of_the_log_that_there_is_not_is_refused() {
    let registry = registry();
    let said = binary(&registry.path()).arg("serve").env("PROMPTREG_LOG_FORMAT", "xml").output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(said.stderr).unwrap(), @r#"error: PROMPTREG_LOG_FORMAT is "xml": write json or text"#);
}

#[test]
fn nothing_is_drawn_into_a_pipe() {
    let registry = registry();
    assert_eq!(registry.promptreg(&["sync"]).stderr, "");
}
