//! Texts that want to be more than text: they stay in their block, ping nobody and steer no terminal.

use crate::harness::Registry;

/// What an author might put anywhere: fences, HTML, mentions, links, escapes, and letters that turn the line around.
const NASTY: &str = "\
```
</details><script>alert(1)</script>
@octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png)
````diff
\u{1b}[31mred\u{1b}[0m \u{202e}txt.exe\u{2069} \u{200b}| a | b |
";

/// A registry in which everything that can be said says [`NASTY`].
fn nasty() -> Registry {
    let registry = Registry::new();
    let text = serde_json::to_string(NASTY).unwrap();
    let name = serde_json::to_string(&NASTY.replace('\n', " ")).unwrap();
    let category = serde_json::to_string("</summary> @octocat `#1` ` |").unwrap();
    registry.file("prompts/greet/prompt.yaml", "description: Before.\nlabels: {production: 1.0.0}\n");
    registry.file("prompts/greet/1.0.0.yaml", "content: \"Hello {{name}}.\"\nnotes: The first.\n");
    registry.commit("Start");
    registry.file(
        "prompts/greet/prompt.yaml",
        format!("description: {text}\ncategory: {category}\nlabels: {{production: 2.0.0}}\n"),
    );
    let schema = format!(
        "{{type: object, required: [{name}], properties: {{{name}: {{type: string, description: {text}}}, name: {{type: string}}}}}}"
    );
    registry.file(
        "prompts/greet/2.0.0.yaml",
        format!("messages: [{{role: user, content: {text}}}, {{placeholder: history}}]\nengine: none\ninput_schema: {schema}\nnotes: {text}\nparameters: {{{name}: {text}}}\ntests: [{{name: {name}, input: {{{name}: {text}, name: {text}}}}}]\n"),
    );
    assert_eq!(registry.promptreg(&["diff", "--base", "main", "--json"]).json()["unreadable"], serde_json::json!([]));
    registry.file("workflows/w.yaml", "status: published\nsteps: [{id: s, prompt: greet, output_key: x}]\n");
    registry
}

#[test]
fn markdown_keeps_hostile_texts_in_their_place() {
    let registry = nasty();
    let said = registry.promptreg(&["diff", "--base", "main", "--format", "markdown"]).stdout;
    let base = registry.git(&["rev-parse", "HEAD"]);
    insta::assert_snapshot!(said.replace(&base[..9], "[base]"), @r"
    ### 1 prompt and 1 workflow changed between [base] and the work tree

    #### greet

    - **labels:** production 1.0.0 → 2.0.0
    - **prompt.yaml:**
      - `description` `Before.` → ```` ``` </details><script>alert(1)</script> @octocat #1 https://… ````
      - `category` is new: ``</summary> @octocat `#1` ` |``
    - **reaches:** workflows: w (step `s`: `greet`)

    ##### 1.0.0 → 2.0.0, new version, what production hands out: demands major, \~5 → \~58 tokens (+53)

    > \`\`\`
    > \</details\>\<script\>alert(1)\</script\>
    > \@&#8203;octocat \#&#8203;1 https:&#8203;//evil.example \[x\](javascript:y) \!\[i\](http:&#8203;//e/i.png)

    - **contract:**
      - major: the variable \`\`\`\` \</details\>\<script\>alert(1)\</script\> …` is new and required `
      - minor: the variable `name` is new and optional
      - minor: the placeholder `history` is new

    <details open><summary>messages</summary>

    `````diff
    @@ message 1, user @@
    - Hello {{name}}.
    + ```
    + </details><script>alert(1)</script>
    + @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png)
    + ````diff
    + ␛[31mred␛[0m �txt.exe� �| a | b |
    @@ message 2, placeholder history, new @@
    `````

    </details>

    - **keys:**
      - `engine` is new: `none`
      - `parameters` is new
    - **tests:** new: ````` ``` </details><script>alert(1)</script> @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png) ````diff ␛[31mred␛[0m �txt.exe� �| a | b | `````

    <details><summary>rendered with <code>``` &lt;/details&gt;&lt;script&gt;alert(1)&lt;/script&gt; @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png) ````diff ␛[31mred␛[0m �txt.exe� �| a | b | </code>: ~60 → ~58 tokens (-2)</summary>

    ````diff
    @@ message 1, user @@
    - [-Hello -]```
    + ```
    - .
    ````

    </details>

    #### workflow w is new
    ");
    // Outside of fences and code spans nothing of it is left that means anything.
    let bare = outside_code(&said);
    for live in ["<script", "@octocat", "#1", "https://", "](", "\u{1b}", "\u{202e}", "\u{200b}"] {
        assert!(!bare.contains(live), "{live}: {bare}");
    }
    assert_eq!(bare.matches("<details").count(), bare.matches("</details>").count());
}

/// A page without fenced blocks, code spans and what is `<code>`.
fn outside_code(page: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for line in page.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match &fence {
            Some(open) if ticks >= open.len() && line.trim_matches('`').trim().is_empty() => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some("`".repeat(ticks)),
            None => out += &format!("{}\n", without_spans(line)),
        }
    }
    assert_eq!(fence, None, "a fence is open at the end");
    out
}

fn without_spans(line: &str) -> String {
    let mut out = String::new();
    // What stands after a backslash means nothing.
    let mut is_escaped = false;
    let live = |c: &char| {
        let keep = !is_escaped && *c != '\\';
        is_escaped = !is_escaped && *c == '\\';
        keep
    };
    let line: String = without_html_code(line).chars().filter(live).collect();
    let mut rest = line.as_str();
    while let Some(at) = rest.find('`') {
        out += &rest[..at];
        let ticks = rest[at..].chars().take_while(|c| *c == '`').count();
        let mark = "`".repeat(ticks);
        let after = &rest[at + ticks..];
        // The span ends at the next run of just as many.
        let mut end = 0;
        loop {
            let found = after[end..].find(&mark).unwrap_or_else(|| panic!("an open span: {line}")) + end;
            let run = after[found..].chars().take_while(|c| *c == '`').count();
            if run == ticks {
                rest = &after[found + ticks..];
                break;
            }
            end = found + run;
        }
    }
    out + rest
}

fn without_html_code(line: &str) -> String {
    let parts = line.split("<code>").enumerate();
    parts.map(|(i, part)| if i == 0 { part } else { part.split_once("</code>").unwrap().1 }).collect()
}

#[test]
fn a_terminal_is_never_steered_by_a_text() {
    let registry = nasty();
    let said = registry.promptreg(&["diff", "--base", "main"]).stdout;
    let base = registry.git(&["rev-parse", "HEAD"]);
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    for hidden in ['\u{202e}', '\u{2069}', '\u{200b}'] {
        assert!(!said.contains(hidden), "{said:?}");
    }
    insta::assert_snapshot!(said.replace(&base[..9], "[base]"), @"
    1 prompt and 1 workflow changed between [base] and the work tree

    greet
      labels         production 1.0.0 → 2.0.0
      prompt.yaml    description  Before. → ``` </details><script>alert(1)</script> @octocat #1 https://…
                     category is new: </summary> @octocat `#1` ` |
      reaches        workflows:  w (step s: greet)
      1.0.0 → 2.0.0, new version, what production hands out: demands major, ~5 → ~58 tokens (+53)
        ```
        </details><script>alert(1)</script>
        @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png)
        contract       major: the variable ```` </details><script>alert(1)</script> …` is new and required
                       minor: the variable `name` is new and optional
                       minor: the placeholder `history` is new
        message 1, user
          - Hello {{name}}.
          + ```
          + </details><script>alert(1)</script>
          + @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png)
          + ````diff
          + ␛[31mred␛[0m �txt.exe� �| a | b |
        message 2, placeholder history, new
        keys           engine is new: none
                       parameters is new
        tests          new: ``` </details><script>alert(1)</script> @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png) ````diff ␛[31mred␛[0m �txt.exe� �| a | b |
        rendered with ``` </details><script>alert(1)</script> @octocat #1 https://evil.example [x](javascript:y) ![i](http://e/i.png) ````diff ␛[31mred␛[0m �txt.exe� �| a | b | : ~60 → ~58 tokens (-2)
          message 1, user
            - [-Hello -]```
            + ```
            - .

    workflow w is new
    ");
}

#[test]
fn a_secret_that_got_into_a_version_is_in_no_comparison() {
    // Made of parts, so that whoever searches this file for keys finds none.
    let old = ["gh", "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
    let new = ["gh", "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7Z9"].concat();
    let version = |key: &str| {
        format!(
            "content: \"Use {key} for {{{{x}}}} {{{{> tone}}}}\"\nuses: {{tone: tone@1.0.0}}\ninput_schema:\n  type: object\n  \
             properties:\n    x: {{type: string, default: {key}}}\nparameters: {{user: {key}}}\nnotes: Says {key}.\n\
             tests:\n  - {{name: keyed, input: {{x: {key}}}, render_contains: [{key}]}}\n"
        )
    };
    let registry = Registry::new();
    registry.prompt("tone", "", &[("1.0.0", &format!("Be brief, {old}."))]);
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[]);
    registry.file("prompts/greet/1.0.0.yaml", version(&old));
    registry.land("A key got in");
    registry.file("prompts/greet/1.1.0.yaml", version(&new));
    registry.file("prompts/greet/prompt.yaml", format!("description: Uses {new}.\nlabels: {{production: 1.1.0}}\n"));
    for which in [&["diff", "--base", "main"][..], &["diff", "greet", "1.0.0", "1.1.0", "--work-tree"]] {
        for format in ["human", "markdown", "json"] {
            let said = registry.promptreg(&[which, &["--format", format]].concat());
            assert_eq!(said.code, 0, "{said:?}");
            assert!(
                said.stdout.contains("greet") && !said.stdout.contains("a1B2"),
                "{which:?} {format}: {}",
                said.stdout
            );
        }
    }
}
