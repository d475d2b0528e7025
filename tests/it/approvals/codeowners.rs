//! The approval policy as CODEOWNERS.

use crate::harness::Registry;

fn registry() -> Registry {
    let registry = Registry::new();
    let settings =
        "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n[approval]\nrequired = 2\n";
    let rule = |path: &str, approvers: &str, more: &str| {
        format!("[[approval.paths]]\npath = {path:?}\napprovers = [{approvers}]\n{more}")
    };
    let rules = [
        rule("prompts/**", "\"role:approver\"", ""),
        rule("prompts/legal/**", "\"ana\", \"role:legal\"", "required = 3\n"),
        rule("prompts/our own/", "\"ben\"", ""),
        rule("prompts/[ab]/**", "\"ana\"", ""),
        rule("prompts/x\n* @mallory", "\"ana\"", ""),
        rule("prompts/nobody/**", "\"gone\"", ""),
    ];
    registry.file("registry.toml", settings.to_owned() + &rules.concat());
    registry.file("users/ana.yaml", "email: ana@example.org\nroles: [approver]\nforge_logins: {github: ana-x}\n");
    registry.file("users/ben.yaml", "email: ben@example.org\nroles: [approver, admin]\n");
    registry.file("users/cleo.yaml", "email: cleo@example.org\nroles: [legal]\nforge_logins: {github: 'c @mallory'}\n");
    registry.file("users/dora.yaml", "email: \"dora's@example.org\"\nroles: [approver]\n");
    registry.file("users/eve.yaml", "email: eve@example.org\nroles: [approver, admin]\nis_active: false\n");
    for (role, permissions) in [("approver", "approve"), ("legal", "approve"), ("admin", "administer")] {
        registry.file(&format!("roles/{role}.yaml"), format!("permissions: [{permissions}]\n"));
    }
    registry.land("The policy");
    registry
}

#[test]
fn the_policy_is_written_as_code_owners_and_what_they_cannot_say_in_comments() {
    let registry = registry();
    insta::assert_snapshot!(registry.promptreg(&["export", "codeowners"]).all(), @r"
    # Who approves what in the registry `acme`: made of its registry.toml, users/ and roles/ by
    # `promptreg export codeowners --forge github`.
    # 2 approvals are needed: protect the branch so
    # also dora, whose login on github is not known
    * @ana-x ben@example.org
    # also dora, whose login on github is not known
    /prompts/** @ana-x ben@example.org
    # 3 approvals are needed: protect the branch so
    /prompts/legal/** @ana-x cleo@example.org
    /prompts/our\ own/ ben@example.org
    # `prompts/[ab]/**` cannot be written here: the lines above hold for it
    # `prompts/x * @mallory` cannot be written here: the lines above hold for it
    # /prompts/nobody/** has nobody to name: the lines above hold for it
    # 2 approvals are needed: protect the branch so
    /registry.toml ben@example.org
    # 2 approvals are needed: protect the branch so
    /users/ ben@example.org
    # 2 approvals are needed: protect the branch so
    /roles/ ben@example.org
    exit code 0
    ");
    let gitlab = registry.promptreg(&["export", "codeowners", "--forge", "gitlab"]);
    assert!(gitlab.stdout.contains("/prompts/our\\ own/ ben@example.org\n") && !gitlab.stdout.contains("ana-x"));
    insta::assert_snapshot!(registry.promptreg(&["export", "codeowners", "--forge", "gitea"]).all(), @"
    error: forge: gitea has no code owners of which the last line that matches counts; github and gitlab have
    exit code 2
    ");
    insta::assert_snapshot!(registry.promptreg(&["export", "csv"]).all(), @"
    error: invalid value 'csv' for '<FORMAT>'
      [possible values: codeowners]

    For more information, try '--help'.
    exit code 2
    ");
}
