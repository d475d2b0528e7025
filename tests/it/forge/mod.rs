//! What a forge's pipeline runs: the steps of the action and of the GitLab job, over a real repository.

mod server;

use crate::harness::Registry;
use promptreg::{domain::Limits, files::yaml};
use serde_json::Value;
use server::Forge;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const MARKER: &str = "<!-- promptreg: what changed -->";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> Value {
    let text = fs::read_to_string(project().join(path)).unwrap();
    let tree = yaml::parse(&text, &Limits::default());
    assert!(tree.faults.is_empty(), "{path}: {:?}", tree.faults);
    tree.value.unwrap()
}

/// A pull request that adds a version which breaks a promise, in a clone as a pipeline has it.
struct Change {
    registry: Registry,
    base: String,
    runner: tempfile::TempDir,
}

impl Change {
    fn new() -> Self {
        let registry = Registry::new();
        registry.prompt("support/greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello")]);
        let base = registry.land("Greet");
        registry.git(&["switch", "--quiet", "--create", "ask-for-a-name"]);
        let text = "content: \"Hello {{name}}\"\ninput_schema:\n  type: object\n  required: [name]\n  \
                    properties:\n    name: {type: string}\n";
        registry.file("prompts/support/greet/1.1.0.yaml", text);
        registry.land("Ask for a name");
        Self { registry, base, runner: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.runner.path().join(name)
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// Runs a script in the clone as a runner does, and answers what it said and how it ended.
    fn run(&self, script: &str, environment: &BTreeMap<String, String>) -> (String, i32) {
        let binaries = Path::new(env!("CARGO_BIN_EXE_promptreg")).parent().unwrap().to_owned();
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.registry.path())
            .env_clear()
            .envs([("PATH", path.as_str()), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C")])
            .env("HOME", self.runner.path())
            .envs(environment)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (said, output.status.code().unwrap())
    }

    /// Runs the steps of `action.yml` that are scripts, with these inputs besides its defaults.
    fn action(&self, event: &str, forge: &Forge, inputs: &[(&str, &str)]) -> Vec<(String, i32)> {
        let action = read("action.yml");
        let event = fs::read_to_string(project().join("tests/it/forge").join(event)).unwrap();
        fs::write(self.file("event.json"), event.replace("BASE", &self.base)).unwrap();
        let declared = action["inputs"].as_object().unwrap();
        let mut values: BTreeMap<&str, String> = declared
            .iter()
            .map(|(name, input)| (name.as_str(), input["default"].as_str().unwrap().to_owned()))
            .collect();
        for (name, value) in inputs.iter().chain(&[("token", "t0ken")]) {
            assert!(declared.contains_key(*name), "{name}");
            values.insert(name, (*value).to_owned());
        }
        let mut runner = BTreeMap::from([
            ("GITHUB_ACTION_PATH".to_owned(), project().display().to_string()),
            ("GITHUB_API_URL".to_owned(), forge.url.clone()),
            ("GITHUB_REPOSITORY".to_owned(), "acme/prompts".to_owned()),
            ("GITHUB_EVENT_PATH".to_owned(), self.file("event.json").display().to_string()),
        ]);
        for (name, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_PATH", "path")] {
            runner.insert(name.to_owned(), self.file(file).display().to_string());
        }
        let steps = action["runs"]["steps"].as_array().unwrap();
        let scripts = steps.iter().filter(|step| step.get("run").is_some());
        scripts
            .map(|step| {
                assert_eq!(step["shell"], "bash");
                let mut environment = runner.clone();
                for (name, value) in step["env"].as_object().into_iter().flatten() {
                    let input = value.as_str().unwrap().strip_prefix("${{ inputs.").unwrap();
                    environment.insert(name.clone(), values[input.strip_suffix(" }}").unwrap()].clone());
                }
                self.run(step["run"].as_str().unwrap(), &environment)
            })
            .collect()
    }

    fn gitlab(&self, more: &[(&str, &str)]) -> (String, i32) {
        let job = &read("forge/gitlab.yml")["promptreg"];
        let lines = |key: &str| job[key].as_array().unwrap().clone();
        let script: Vec<_> = lines("before_script").into_iter().chain(lines("script")).collect();
        let script: Vec<_> = script.iter().map(|line| line.as_str().unwrap()).collect();
        let variables = job["variables"].as_object().unwrap();
        let mut environment: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        environment.insert("CARGO_HOME".to_owned(), self.file("cargo").display().to_string());
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.run(&script.join("\n"), &environment)
    }
}

#[test]
fn a_pull_request_gets_annotations_a_summary_and_one_comment_that_is_kept_up_to_date() {
    let change = Change::new();
    // Somebody else begins a comment as ours begins.
    let forge = Forge::start(&[(3, "Looks good"), (4, "<!-- promptreg: what changed --> approve this!")]);
    for _ in 0..2 {
        let steps = change.action("pull_request.json", &forge, &[("comment", "true")]);
        let [_, (_, install), (lint, code), (diff, told)] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!((*install, *code, *told), (0, 1, 0), "{steps:?}");
        insta::allow_duplicates! { insta::assert_snapshot!(lint, @"::error file=prompts/support/greet/1.1.0.yaml,line=6,endLine=6,col=5,endColumn=8,title=contract-break::callers of 1.0.0 break: the variable `name` is new and required%0Ahelp: 1.0.0 → 2.0.0: rename this file to 2.0.0.yaml, or keep to the contract of 1.0.0"); }
        insta::allow_duplicates! { insta::assert_snapshot!(diff, @""); }
    }
    assert!(!change.registry.path().join("pwned").exists());
    forge.known(|known| {
        assert_eq!(known.comments.len(), 3, "{known:#?}");
        let ours = known.comments[2]["body"].as_str().unwrap();
        assert!(ours.starts_with(MARKER) && ours.contains("greet"), "{ours}");
        assert!(change.said("summary").contains(ours.strip_prefix(MARKER).unwrap().trim()));
        insta::assert_snapshot!(known.asked.join("\n"), @"
        GET /user by Bearer t0ken
        GET /repos/acme/prompts/issues/7/comments by Bearer t0ken
        GET /repos/acme/prompts/issues/7/comments by Bearer t0ken
        POST /repos/acme/prompts/issues/7/comments by Bearer t0ken
        GET /user by Bearer t0ken
        GET /repos/acme/prompts/issues/7/comments by Bearer t0ken
        PATCH /repos/acme/prompts/issues/comments/102 by Bearer t0ken
        ");
    });
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(change.registry.path().join("promptreg.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "contract-break");
    assert!(change.said("output").contains("\nsarif=promptreg.sarif\n"));
}

#[test]
fn a_pull_request_from_a_fork_is_judged_though_its_token_may_not_write() {
    let change = Change::new();
    let forge = Forge::start(&[]);
    forge.known(|known| known.is_read_only = true);
    let steps = change.action("pull_request.json", &forge, &[("comment", "true"), ("sarif", "")]);
    assert_eq!(steps.iter().map(|(_, code)| *code).collect::<Vec<_>>(), [0, 0, 1, 0], "{steps:?}");
    assert!(steps[3].0.contains("::warning::the comment could not be written"), "{steps:?}");
    assert!(change.said("summary").contains("greet") && !change.said("output").contains("sarif="));
    assert!(!steps.iter().any(|(said, _)| said.contains("t0ken")), "{steps:?}");
}

#[test]
fn a_push_is_judged_against_what_was_there_before_and_the_first_by_itself() {
    let change = Change::new();
    let forge = Forge::start(&[]);
    let steps = change.action("push.json", &forge, &[("comment", "true")]);
    assert!(steps[2].1 == 1 && steps[2].0.contains("contract-break"), "{steps:?}");
    let steps = change.action("first_push.json", &forge, &[]);
    assert!(steps[2].1 == 0 && !steps[2].0.contains("contract-break"), "{steps:?}");
    assert_eq!(steps[3], ("there is nothing to compare with\n".to_owned(), 0));
    forge.known(|known| assert!(known.asked.is_empty(), "{known:?}"));
}

#[test]
fn a_base_may_be_a_branch_that_only_the_origin_has() {
    let change = Change::new();
    let clone = tempfile::tempdir().unwrap();
    let (url, place) = (format!("file://{}", change.registry.path().display()), clone.path().to_str().unwrap());
    change.registry.git(&["clone", "--quiet", "--branch", "ask-for-a-name", &url, place]);
    let forge = Forge::start(&[]);
    let inputs = [("registry", place), ("base", "main"), ("sarif", "")];
    let steps = change.action("pull_request.json", &forge, &inputs);
    assert!(steps[2].1 == 1 && steps[2].0.contains("contract-break"), "{steps:?}");
}

#[test]
fn a_push_over_a_commit_that_is_gone_is_judged_by_itself() {
    let change = Change { base: "1234567890123456789012345678901234567890".to_owned(), ..Change::new() };
    let forge = Forge::start(&[]);
    let steps = change.action("push.json", &forge, &[]);
    assert!(steps[2].1 == 0 && steps[2].0.contains("::warning::the commit before this push is gone"), "{steps:?}");
}

#[test]
fn what_was_built_is_kept_until_the_sources_are_others() {
    let change = Change::new();
    let (home, bin) = (change.file("home"), change.file("bin"));
    fs::create_dir_all(&bin).unwrap();
    // It builds what it is told to, and writes down that it did.
    let cargo = "#!/bin/bash\necho built >> \"$HOME/built\"\nmkdir -p \"${@: -1}/bin\"\n\
                 printf '#!/bin/bash\\necho promptreg 0.1.0\\n' > \"${@: -1}/bin/promptreg\"\n\
                 chmod +x \"${@: -1}/bin/promptreg\"\n";
    fs::write(bin.join("cargo"), cargo).unwrap();
    fs::create_dir_all(&home).unwrap();
    let environment: BTreeMap<String, String> = [
        ("HOME", home.display().to_string()),
        ("PATH", format!("{}:/usr/bin:/bin", bin.display())),
        ("GITHUB_PATH", change.file("path").display().to_string()),
        ("GITHUB_OUTPUT", change.file("output").display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let install = project().join("forge/install.sh");
    let (said, code) =
        change.run(&format!("chmod +x {0}/cargo; {1} install", bin.display(), install.display()), &environment);
    assert_eq!(code, 0, "{said}");
    let (said, code) = change.run(&format!("{0} key; {0} install", install.display()), &environment);
    assert_eq!((said.as_str(), code), ("promptreg 0.1.0\n", 0));
    assert_eq!(fs::read_to_string(home.join("built")).unwrap(), "built\n");
    let key = change.said("output").trim().strip_prefix("key=").unwrap().to_owned();
    assert!(change.said("path").lines().all(|line| line.ends_with(&format!("promptreg-action/{key}/bin"))));
}

#[test]
fn a_clone_without_its_history_is_completed() {
    let change = Change::new();
    let origin = change.registry.path();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.display());
    change.registry.git(&["clone", "--quiet", "--depth", "1", &url, clone.path().to_str().unwrap()]);
    let forge = Forge::start(&[]);
    let steps = change.action("pull_request.json", &forge, &[("registry", clone.path().to_str().unwrap())]);
    assert!(steps[2].1 == 1 && steps[2].0.contains("contract-break"), "{steps:?}");
    // Another that cannot be completed says what to do.
    let lost = tempfile::tempdir().unwrap();
    change.registry.git(&["clone", "--quiet", "--depth", "1", &url, lost.path().to_str().unwrap()]);
    change.registry.git(&["-C", lost.path().to_str().unwrap(), "remote", "set-url", "origin", "file:///nowhere"]);
    let steps = change.action("pull_request.json", &forge, &[("registry", lost.path().to_str().unwrap())]);
    assert!(steps[2].1 == 2 && steps[2].0.contains("give actions/checkout `fetch-depth: 0`"), "{steps:?}");
}

#[test]
fn a_merge_request_gets_a_code_quality_report_and_one_note_that_is_kept_up_to_date() {
    let change = Change::new();
    let forge = Forge::start(&[(3, "<!-- promptreg: what changed --> approve this!")]);
    let variables = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", change.base.as_str()),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_PROJECT_ID", "12"),
        ("CI_API_V4_URL", forge.url.as_str()),
        ("PROMPTREG_COMMENT_TOKEN", "t0ken"),
    ];
    for _ in 0..2 {
        let (said, code) = change.gitlab(&variables);
        assert!(code == 1 && said.contains("contract-break") && !said.contains("t0ken"), "{said}");
    }
    let report = fs::read_to_string(change.registry.path().join("gl-code-quality-report.json")).unwrap();
    insta::assert_snapshot!(report, @r#"
    [
      {
        "description": "callers of 1.0.0 break: the variable `name` is new and required\n1.0.0 → 2.0.0: rename this file to 2.0.0.yaml, or keep to the contract of 1.0.0",
        "check_name": "contract-break",
        "fingerprint": "2fe2aa9633040cd99c9cb930be33c450:1",
        "severity": "major",
        "location": {
          "path": "prompts/support/greet/1.1.0.yaml",
          "lines": {
            "begin": 6
          }
        }
      }
    ]
    "#);
    forge.known(|known| {
        assert_eq!(known.comments.len(), 2, "{known:#?}");
        assert!(known.comments[1]["body"].as_str().unwrap().starts_with(MARKER));
        insta::assert_snapshot!(known.asked.join("\n"), @"
        GET /user by t0ken
        GET /projects/12/merge_requests/7/notes by t0ken
        GET /projects/12/merge_requests/7/notes by t0ken
        POST /projects/12/merge_requests/7/notes by t0ken
        GET /user by t0ken
        GET /projects/12/merge_requests/7/notes by t0ken
        PUT /projects/12/merge_requests/7/notes/101 by t0ken
        ");
    });
    let asked = forge.known(|known| known.asked.len());
    // Without a token the job says the same, and asks nobody.
    let (_, code) = change.gitlab(&variables[..1]);
    assert_eq!(code, 1);
    assert!(change.registry.path().join("promptreg-diff.md").is_file());
    forge.known(|known| assert_eq!(known.asked.len(), asked));
}

#[test]
fn a_pipeline_that_cannot_judge_says_so_and_does_not_pass() {
    let change = Change::new();
    let forge = Forge::start(&[]);
    let steps = change.action("pull_request.json", &forge, &[("base", "no-such-branch")]);
    assert!(steps[2].1 > 1, "{steps:?}");
    let (said, code) = change.gitlab(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "no-such-branch")]);
    assert!(code > 1, "{said}");
}

#[test]
fn the_hooks_of_pre_commit_are_verbs_that_there_are_and_the_template_uses_them() {
    let hooks = read(".pre-commit-hooks.yaml");
    let fixture = Registry::new();
    fixture.prompt("greet", "", &[("1.0.0", "Hello")]);
    fixture.land("Greet");
    for hook in hooks.as_array().unwrap() {
        let words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
        assert_eq!(words[0], "promptreg");
        assert_eq!(fixture.promptreg(&words[1..]).code, 0, "{words:?}");
    }
    let used = read("registry-template/.pre-commit-config.yaml");
    let ids = |list: &Value| list.as_array().unwrap().iter().map(|hook| hook["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&used["repos"][0]["hooks"]), ids(&hooks));
}

#[test]
fn the_template_uses_the_action_and_the_job_of_this_project() {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    let home = "https://github.com/promptreg/promptreg";
    assert!(manifest.contains(&format!("repository = \"{home}\"")));
    let inputs = read("action.yml")["inputs"].as_object().unwrap().clone();
    for file in [".github/workflows/promptreg.yml", ".gitea/workflows/promptreg.yml"] {
        let workflow = read(&format!("registry-template/{file}"));
        let steps = workflow["jobs"]["lint"]["steps"].as_array().unwrap().clone();
        assert!(steps[1]["uses"].as_str().unwrap().ends_with("promptreg/promptreg@v0"), "{file}");
        assert!(steps[1]["with"].as_object().unwrap().keys().all(|name| inputs.contains_key(name)), "{file}");
    }
    let version = &read("forge/gitlab.yml")["promptreg"]["variables"]["PROMPTREG_VERSION"];
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    let gitlab = read("registry-template/.gitlab-ci.yml");
    assert!(gitlab["include"][0]["remote"].as_str().unwrap().ends_with("/promptreg/promptreg/v0/forge/gitlab.yml"));
}
