//! Runs that do not go through, and what is said of them.

use super::{Played, Process, Told, name, registry, said, story, version, with, workflow};
use promptreg::app::{Answered, NoAnswer, RunSettings};
use serde_json::json;
use std::time::Duration;

story!(what_cannot_run_is_not_started, not_started);
story!(a_step_that_cannot_be_asked_names_itself_and_the_field, mapped_wrong);
story!(an_answer_that_is_none_ends_the_run, no_answer);
story!(an_answer_has_to_fit_the_output_schema, unfit);
story!(a_run_ends_when_its_time_is_up, late);
story!(a_version_that_was_revoked_meanwhile_is_not_rendered, revoked);

async fn not_started(told: Told) {
    let registry = registry();
    workflow(&registry, "sketch", "");
    let text = std::fs::read_to_string(registry.path().join("workflows/sketch.yaml")).unwrap();
    registry.file("workflows/sketch.yaml", text.replace("status: published", "status: draft"));
    let text = std::fs::read_to_string(registry.path().join("prompts/third/1.0.0.yaml")).unwrap();
    registry.file("prompts/bare/prompt.yaml", "description: Bare.\nowner: ana\nlabels: {production: 1.0.0}\n");
    registry.file("prompts/bare/1.0.0.yaml", text.replace("model: fast\n", ""));
    let bare = "status: published\nowner: ana\nsteps:\n  - {id: one, prompt: bare, input_mapping: {text: a}}\n";
    registry.file("workflows/bare.yaml", bare);
    registry.land("A sketch");
    let process = Process::new(&registry, &told, RunSettings::default(), Played::echo()).await;
    let mut lines = Vec::new();
    for (workflow, input) in [
        ("nobody", json!({})),
        ("sketch", json!({"n": 1})),
        ("bare", json!({})),
        ("chain", json!({})),
        ("chain", json!({"n": "one"})),
    ] {
        let refused = process.app.start_run(&name(workflow), with(input)).await.unwrap_err();
        lines.push(format!("{refused} {}", faults(&refused)));
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @"
        there is no workflow `nobody` 
        sketch: it is not published: only workflows with `status: published` on the default branch run 
        bare: step `one`: no model is named: give the step or the version a `model`, or the server a default_model 
        the input does not fit the input_schema of this workflow : missing key `n`
        the input does not fit the input_schema of this workflow /n: expected a whole number, found text
        ");
    }
    assert!(
        process
            .app
            .runs(promptreg::app::RunsAsked { limit: 1, ..Default::default() }, true)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

fn faults(error: &promptreg::app::Error) -> String {
    match error {
        promptreg::app::Error::RunInput(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    }
}

async fn mapped_wrong(told: Told) {
    let (registry, model) = (registry(), Played::echo());
    let chain = std::fs::read_to_string(registry.path().join("workflows/chain.yaml")).unwrap();
    registry
        .file("workflows/missing.yaml", chain.replace("{text: \"{{outputs.one}}\"}", "{text: \"{{outputs.nine}}\"}"));
    registry.file(
        "workflows/within.yaml",
        chain.replace("{text: \"{{outputs.one}}\"}", "{text: \"a {{outputs.nine.a}}\"}"),
    );
    registry.file("workflows/unfit.yaml", chain.replace("{text: \"{{outputs.one}}\"}", "{text: \"{{input.n}}\"}"));
    registry.file("workflows/output.yaml", chain.replace("{{outputs.three}}", "{{outputs.three.a}}"));
    registry.land("Wrong mappings");
    let process = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let mut all = Vec::new();
    for workflow in ["missing", "within", "unfit", "output"] {
        let run = process.app.start_run(&name(workflow), with(json!({"n": 1}))).await.unwrap().id;
        all.push(process.told(run).await);
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(all.join("\n\n"), @r#"
        failed {"step":"two","message":"the input cannot be made: /steps/1/input_mapping/text: `outputs.nine` has no value","errors":[{"pointer":"/steps/1/input_mapping/text","message":"`outputs.nine` has no value"}]}
        one succeeded "(One of 1.)"
        two failed {"message":"the input cannot be made: /steps/1/input_mapping/text: `outputs.nine` has no value","errors":[{"pointer":"/steps/1/input_mapping/text","message":"`outputs.nine` has no value"}]}

        failed {"step":"two","message":"the input cannot be made: /steps/1/input_mapping/text: `outputs.nine.a` has no value","errors":[{"pointer":"/steps/1/input_mapping/text","message":"`outputs.nine.a` has no value"}]}
        one succeeded "(One of 1.)"
        two failed {"message":"the input cannot be made: /steps/1/input_mapping/text: `outputs.nine.a` has no value","errors":[{"pointer":"/steps/1/input_mapping/text","message":"`outputs.nine.a` has no value"}]}

        failed {"step":"two","message":"the input does not fit the input_schema of second@1.0.0","errors":[{"pointer":"/text","message":"expected text, found a number"}]}
        one succeeded "(One of 1.)"
        two failed {"message":"the input does not fit the input_schema of second@1.0.0","errors":[{"pointer":"/text","message":"expected text, found a number"}]}

        failed {"message":"the output cannot be made: /output/text: `outputs.three.a` has no value","errors":[{"pointer":"/output/text","message":"`outputs.three.a` has no value"}]}
        one succeeded "(One of 1.)"
        two succeeded "(Two of (One of 1.).)"
        three succeeded "(Three of <(One of 1.)>.)"
        "#);
    }
    assert_eq!(model.asked().len(), 6);
}

async fn no_answer(told: Told) {
    fn refuse(question: &str) -> Result<Answered, Box<NoAnswer>> {
        let none = NoAnswer { attempts: 3, latency_ms: 9, ..NoAnswer::default() };
        match question {
            "One of 1." => {
                Err(Box::new(NoAnswer { message: "the provider refused (400): no \0 way".to_owned(), ..none }))
            }
            "One of 2." => Err(Box::new(NoAnswer { is_timeout: true, ..none })),
            other => said(other),
        }
    }
    let process = Process::new(&registry(), &told, RunSettings::default(), Played::new(refuse)).await;
    let mut all = Vec::new();
    for n in 1..=2 {
        let run = process.start(n).await;
        all.push(process.told(run).await);
    }
    let asked = promptreg::app::ExecutionsAsked { limit: 10, ..Default::default() };
    for one in process.app.executions(asked).await.unwrap().items {
        all.push(format!("{} {:?} {:?}", one.status.as_str(), one.error, one.latency_ms));
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(all.join("\n"), @r#"
        failed {"step":"one","message":"the model gave no answer","detail":"the provider refused (400): no � way"}
        one failed {"message":"the model gave no answer","detail":"the provider refused (400): no � way"}
        timed_out {"step":"one","message":"the model gave no answer in time"}
        one timed_out {"message":"the model gave no answer in time"}
        timeout Some("the model gave no answer in time") Some(9)
        error Some("the model gave no answer: the provider refused (400): no � way") Some(9)
        "#);
    }
}

async fn unfit(told: Told) {
    fn numbers(question: &str) -> Result<Answered, Box<NoAnswer>> {
        let text = match question {
            "One of 1." => "{\"mood\": \"bad\"}".to_owned(),
            "One of 2." => "{\"mood\": 3}".to_owned(),
            "One of 3." => "sorry".to_owned(),
            other => other.to_owned(),
        };
        Ok(Answered { text, ..said(question)? })
    }
    let (registry, model) = (registry(), Played::new(numbers));
    let first = version("One of {{n}}.", "n", "integer");
    let schema = "output_schema: {type: object, required: [mood], properties: {mood: {type: string}}}\n";
    registry.file("prompts/first/1.1.0.yaml", format!("{first}{schema}"));
    registry
        .file("prompts/first/prompt.yaml", "description: Says something.\nowner: ana\nlabels: {production: 1.1.0}\n");
    let chain = std::fs::read_to_string(registry.path().join("workflows/chain.yaml")).unwrap();
    registry.file("workflows/chain.yaml", chain.replace("{{outputs.one}}", "{{outputs.one.mood}}"));
    registry.land("Answers that have to fit");
    let process = Process::new(&registry, &told, RunSettings::default(), model).await;
    let mut all = Vec::new();
    for n in 1..=3 {
        let run = process.start(n).await;
        all.push(process.told(run).await);
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(all.join("\n\n"), @r#"
        succeeded {"n":1,"text":"Three of <bad>."}
        one succeeded {"mood":"bad"}
        two succeeded "Two of bad."
        three succeeded "Three of <bad>."

        failed {"step":"one","message":"the answer does not fit the output_schema of first@1.1.0","errors":[{"pointer":"/mood","message":"expected text, found a number"}]}
        one failed {"message":"the answer does not fit the output_schema of first@1.1.0","errors":[{"pointer":"/mood","message":"expected text, found a number"}]}

        failed {"step":"one","message":"the answer does not fit the output_schema of first@1.1.0","detail":"it is no JSON: expected value at line 1 column 1"}
        one failed {"message":"the answer does not fit the output_schema of first@1.1.0","detail":"it is no JSON: expected value at line 1 column 1"}
        "#);
    }
}

async fn late(told: Told) {
    let settings = RunSettings { time_limit: Duration::ZERO, ..RunSettings::default() };
    let model = Played::echo();
    let process = Process::new(&registry(), &told, settings, model.clone()).await;
    let run = process.start(1).await;
    let ended = process.told(run).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"
        timed_out {"step":"one","message":"the run took longer than 0 s"}
        one timed_out {"message":"the run took longer than 0 s"}
        "#);
    }
    assert!(model.asked().is_empty());
}

async fn revoked(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 0));
    let process = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let run = process.start(1).await;
    model.until_asked(1).await;
    registry.file(
        "prompts/second/prompt.yaml",
        "description: Says something.\nowner: ana\nrevoked: {1.0.0: leaks a name}\n",
    );
    registry.land("Revoke it");
    let app = process.app.clone();
    tokio::task::spawn_blocking(move || app.sync()).await.unwrap().unwrap();
    model.permits.add_permits(10);
    let ended = process.told(run).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"
        failed {"step":"two","message":"second@1.0.0 was revoked: leaks a name"}
        one succeeded "(One of 1.)"
        two failed {"message":"second@1.0.0 was revoked: leaks a name"}
        "#);
    }
}
