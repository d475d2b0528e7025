//! One change in every form, and what stands in a long one.

use super::{changed, diff, registry};

#[test]
fn a_change_is_told_to_people() {
    insta::assert_snapshot!(diff(&changed(), &["--base", "main"]), @r#"
    2 prompts and 1 model changed between [base] and the work tree

    summarize
      labels         production 1.0.0 → 2.0.0
      prompt.yaml    tags  ["internal"] → ["internal","public"]
      reaches        workflows:  triage (step sum-up: summarize:production)
                     clients:    desk
      1.0.0 → 2.0.0, new version, what production hands out: demands major, ~47 → ~52 tokens (+5)
        In the reader's language, and shorter.
        contract       major: the variable `language` has no default any more, so that it must be given
                       minor: the placeholder `history` is new
        message 1, system
          - You summarize support tickets for a colleague who takes over.
          - Write [-exactly three-] sentences: what the customer wants[-, what has been done-], what comes next.
          + You summarize support tickets for a colleague who takes over.{+ Write in {{language}}.+}
          + Write {+no more than two+} sentences: what the customer wants, what comes next.
            {{> tone}}
        message 2, placeholder history, new
        includes tone@1.0.0 → tone@1.1.0
          partial tone
              Use plain words.
            - Be friendly.
            + Be friendly{+, and brief+}.
        keys           input_schema.properties.ticket.description  The thread. → The whole thread.
                       parameters.temperature  0.2 → 0.4
                       parameters.max_tokens is new: 300
        tests          new: no language
                       changed: a parcel
        rendered with a parcel: ~44 → ~48 tokens (+4)
          message 1, system
            - You summarize support tickets for a colleague who takes over.
            + You summarize support tickets for a colleague who takes over.{+ Write in English.+}
        rendered with in German: ~43 → ~47 tokens (+4)
          message 1, system
            - You summarize support tickets for a colleague who takes over.
            + You summarize support tickets for a colleague who takes over.{+ Write in German.+}
        rendered with  no language: the new version cannot be rendered: the input does not fit: missing key `language`

    tone
      labels         production 1.0.0 → 1.1.0
      reaches        labels:     summarize:production (2.0.0)
                     versions:   summarize@2.0.0 (through tone@1.1.0)
                     workflows:  triage (step sum-up: summarize:production)
                     clients:    desk
      stays behind   sort@1.0.0 (production) still includes 1.0.0
      1.0.0 → 1.1.0, new version, what production hands out: demands patch, ~8 → ~11 tokens (+3)
        message 1, user
            Use plain words.
          - Be friendly.
          + Be friendly{+, and brief+}.

    model fast
      keys           model  small → smaller
      reaches        labels:     summarize:production (2.0.0)
                     versions:   summarize@1.0.0 (through model fast), summarize@2.0.0 (through model fast)
                     workflows:  triage (step sum-up: summarize:production)
                     clients:    desk
    exit code 0
    "#);
}

#[test]
fn a_change_is_told_to_a_pull_request() {
    insta::assert_snapshot!(diff(&changed(), &["--base", "main", "--format", "markdown"]), @r#"
    ### 2 prompts and 1 model changed between [base] and the work tree

    | prompt | what | demands | reaches |
    |---|---|---|---|
    | summarize | production 1.0.0 → 2.0.0, 2.0.0 is new | major | 1 label, 1 workflow, 1 client |
    | tone | production 1.0.0 → 1.1.0, 1.1.0 is new | patch | 2 labels, 1 version, 1 workflow, 1 client |

    #### summarize

    - **labels:** production 1.0.0 → 2.0.0
    - **prompt.yaml:** `tags` `["internal"]` → `["internal","public"]`
    - **reaches:**
      - workflows: triage (step `sum-up`: `summarize:production`)
      - clients: desk

    ##### 1.0.0 → 2.0.0, new version, what production hands out: demands major, \~47 → \~52 tokens (+5)

    > In the reader's language, and shorter.

    - **contract:**
      - major: the variable `language` has no default any more, so that it must be given
      - minor: the placeholder `history` is new

    <details open><summary>messages</summary>

    ```diff
    @@ message 1, system @@
    - You summarize support tickets for a colleague who takes over.
    - Write [-exactly three-] sentences: what the customer wants[-, what has been done-], what comes next.
    + You summarize support tickets for a colleague who takes over.{+ Write in {{language}}.+}
    + Write {+no more than two+} sentences: what the customer wants, what comes next.
      {{> tone}}
    @@ message 2, placeholder history, new @@
    ```

    </details>

    <details open><summary>includes <code>tone@1.0.0</code> → <code>tone@1.1.0</code></summary>

    ```diff
    @@ partial tone @@
      Use plain words.
    - Be friendly.
    + Be friendly{+, and brief+}.
    ```

    </details>

    - **keys:**
      - `input_schema.properties.ticket.description` `The thread.` → `The whole thread.`
      - `parameters.temperature` `0.2` → `0.4`
      - `parameters.max_tokens` is new: `300`
    - **tests:**
      - new: `no language`
      - changed: `a parcel`

    <details><summary>rendered with <code>a parcel</code>: ~44 → ~48 tokens (+4)</summary>

    ```diff
    @@ message 1, system @@
    - You summarize support tickets for a colleague who takes over.
    + You summarize support tickets for a colleague who takes over.{+ Write in English.+}
    ```

    </details>

    <details><summary>rendered with <code>in German</code>: ~43 → ~47 tokens (+4)</summary>

    ```diff
    @@ message 1, system @@
    - You summarize support tickets for a colleague who takes over.
    + You summarize support tickets for a colleague who takes over.{+ Write in German.+}
    ```

    </details>

    - **rendered with:** `no language`: the new version cannot be rendered: the input does not fit: missing key `language`

    #### tone

    - **labels:** production 1.0.0 → 1.1.0
    - **reaches:**
      - labels: summarize:production (2.0.0)
      - versions: `summarize@2.0.0` (through `tone@1.1.0`)
      - workflows: triage (step `sum-up`: `summarize:production`)
      - clients: desk
    - **stays behind:** `sort@1.0.0` (production) still includes 1.0.0

    ##### 1.0.0 → 1.1.0, new version, what production hands out: demands patch, \~8 → \~11 tokens (+3)

    <details open><summary>messages</summary>

    ```diff
    @@ message 1, user @@
      Use plain words.
    - Be friendly.
    + Be friendly{+, and brief+}.
    ```

    </details>

    #### model fast

    - **keys:** `model` `small` → `smaller`
    - **reaches:**
      - labels: summarize:production (2.0.0)
      - versions: `summarize@1.0.0` (through `model fast`), `summarize@2.0.0` (through `model fast`)
      - workflows: triage (step `sum-up`: `summarize:production`)
      - clients: desk
    exit code 0
    "#);
}

#[test]
fn a_change_is_told_to_programs() {
    let registry = changed();
    registry.git(&["checkout", "--quiet", "--", "prompts/support", "models"]);
    registry.git(&["clean", "--quiet", "--force", "prompts/support"]);
    insta::assert_snapshot!(diff(&registry, &["--base", "main", "--json"]), @r#"
    {
      "from": "[base]",
      "to": "the work tree",
      "prompts": [
        {
          "name": "tone",
          "change": "changed",
          "metadata": [],
          "labels": [
            {
              "label": "production",
              "from": "1.0.0",
              "to": "1.1.0"
            }
          ],
          "versions": [
            {
              "version": "1.1.0",
              "change": "added",
              "since": "1.0.0"
            }
          ],
          "diffs": [
            {
              "name": "tone",
              "from": "1.0.0",
              "to": "1.1.0",
              "digest_from": "sha256:c40ba027f21b052987ba34cf0e991330580f118761d912bbdc282d9befada930",
              "digest_to": "sha256:15c5d8401850097615593406a1862d7ed6c4b61e521b7198e075278e6e94453e",
              "bump": "patch",
              "falls_short": false,
              "contract": [],
              "messages": [
                {
                  "change": "changed",
                  "from": 0,
                  "to": 0,
                  "role_from": "user",
                  "role_to": "user",
                  "text": [
                    {
                      "op": "same",
                      "text": "Use plain words.\nBe friendly"
                    },
                    {
                      "op": "added",
                      "text": ", and brief"
                    },
                    {
                      "op": "same",
                      "text": ".\n"
                    }
                  ]
                }
              ],
              "partials": [],
              "keys": [],
              "tokens": {
                "from": 8,
                "to": 11
              },
              "rendered": []
            }
          ],
          "behind": [
            {
              "prompt": "sort",
              "version": "1.0.0",
              "labels": [
                "production"
              ],
              "includes": "1.0.0"
            },
            {
              "prompt": "summarize",
              "version": "1.0.0",
              "labels": [
                "production"
              ],
              "includes": "1.0.0"
            }
          ],
          "affected": {
            "versions": [],
            "labels": [
              {
                "prompt": "tone",
                "label": "production",
                "version": "1.1.0"
              }
            ],
            "variants": [],
            "workflows": [],
            "clients": []
          }
        }
      ],
      "others": [],
      "unreadable": []
    }
    exit code 0
    "#);
    let all = changed().promptreg(&["diff", "--base", "main", "--format", "json"]).json();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(keys(&all["prompts"][0]["diffs"][0]), @"name from to digest_from digest_to bump falls_short contract messages partials keys notes tokens rendered");
    insta::assert_snapshot!(all["prompts"][0]["diffs"][0]["contract"], @r#"[{"bump":"major","pointer":"/input_schema/properties/language","is_gone":false,"message":"the variable `language` has no default any more, so that it must be given"},{"bump":"minor","pointer":"/messages/1/placeholder","is_gone":false,"message":"the placeholder `history` is new"}]"#);
    insta::assert_snapshot!(all["prompts"][0]["diffs"][0]["rendered"][2], @r#"{"test":"no language","is_new":true,"fault_to":"the input does not fit: missing key `language`","tokens":{"from":44,"to":0},"messages":[]}"#);
}

#[test]
fn a_folder_without_a_change_says_so_in_every_form() {
    let registry = registry();
    registry.file(
        "prompts/tone/1.0.0.yaml",
        "# only a comment\ncontent: |\n  Use plain words.\n  Be friendly.\nnotes: Made for a test.\n",
    );
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @"
    nothing changed in meaning between [base] and the work tree
    exit code 0
    ");
    insta::assert_snapshot!(diff(&registry, &["--base", "HEAD", "--format", "markdown"]), @"
    ### Nothing changed in meaning between [base] and the work tree
    exit code 0
    ");
}

#[test]
fn a_comment_is_never_longer_than_a_forge_takes_and_says_what_it_left_out() {
    let registry = registry();
    let texts = |i: usize, word: &str| -> String {
        (0..60).map(|n| format!("Line {n} of prompt {i}, as it {word}.\n")).collect()
    };
    for i in 0..300 {
        registry.prompt(&format!("many/p{i:03}"), "labels: {production: 1.0.0}\n", &[("1.0.0", &texts(i, "was"))]);
    }
    registry.commit("Many prompts");
    for i in 0..300 {
        registry.prompt(&format!("many/p{i:03}"), "labels: {production: 1.1.0}\n", &[("1.1.0", &texts(i, "is"))]);
    }
    let said = diff(&registry, &["--base", "main", "--format", "markdown"]);
    assert!((40_000..=60_100).contains(&said.chars().count()), "{}", said.chars().count());
    assert_eq!(said.matches("<details").count(), said.matches("</details>").count());
    let (head, tail) = (said.lines().take(6).collect::<Vec<_>>(), said.lines().rev().take(2).collect::<Vec<_>>());
    insta::assert_snapshot!([head, vec!["…"], tail].concat().join("\n"), @"
    ### 300 prompts changed between [base] and the work tree

    | prompt | what | demands | reaches |
    |---|---|---|---|
    | p000 | production 1.0.0 → 1.1.0, 1.1.0 is new | patch | 1 label |
    | p001 | production 1.0.0 → 1.1.0, 1.1.0 is new | patch | 1 label |
    …
    exit code 0
    298 parts left out, so that this fits a comment; `promptreg diff --base main` shows all.
    ");
}
