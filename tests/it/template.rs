//! Templates from the outside: what is said of faults, what is rendered, and what hostile ones cannot do.

use promptreg::{
    domain::{Content, Limits, Message, Part, Speaker, Version},
    template::{Compiled, Error, Use, escape, parse},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

fn version(file: Value) -> Version {
    serde_json::from_value(file).unwrap()
}

fn map(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn user(text: &str) -> Message {
    Message { role: Speaker::User, content: Content::Text(text.to_owned()), metadata: Map::new() }
}

fn history(messages: Vec<Message>) -> BTreeMap<String, Vec<Message>> {
    BTreeMap::from([("history".to_owned(), messages)])
}

fn compile(file: Value) -> Result<Compiled, Error> {
    Compiled::new(&version(file), |_| None, &Limits::default())
}

fn render_file(file: Value, input: Value) -> Result<Vec<Message>, Error> {
    compile(file)?.render(&map(input), &BTreeMap::new(), &Map::new())
}

/// The one text that a template without roles renders to.
fn render(text: &str, input: Value) -> Result<String, Error> {
    let messages = render_file(json!({"content": text}), input)?;
    Ok(messages.iter().map(|message| serde_json::from_value::<String>(json!(message.content)).unwrap()).collect())
}

/// Each message as `role: text`.
fn lines(messages: &[Message]) -> String {
    let line = |message: &Message| {
        let content = json!(message.content);
        let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        let metadata =
            if message.metadata.is_empty() { String::new() } else { format!(" {}", json!(message.metadata)) };
        format!("{}: {content}{metadata}\n", message.role)
    };
    messages.iter().map(line).collect()
}

/// Faults as people are told of them, each under the text it points at.
fn faults(text: &str) -> String {
    let parsed = parse(text, &Limits::default());
    let line = |fault: &promptreg::template::TemplateFault| {
        format!("{:?}: {}; {}\n", &text[fault.span.start..fault.span.end], fault.message, fault.help)
    };
    parsed.faults.iter().map(line).collect()
}

#[test]
fn every_fault_points_at_its_place_and_says_what_to_do() {
    let texts = [
        "a {{name b",
        "{{name",
        "{{#if a}}x",
        "{{#if a}}{{#each b}}{{/if}}",
        "{{/if}}",
        "{{#if a}}{{/each}}",
        "{{#if}}x{{/if}}",
        "{{#if a b}}x{{/if}}",
        "{{#iff a}}x{{/iff}}",
        "{{jsno x}}",
        "{{upper x}}",
        "{{if x}}",
        "{{#json x}}{{/json}}",
        "{{^x}}{{/x}}",
        "{{.}}",
        "{{#x}}{{/x}}",
        "{{#a.b}}{{/a.b}}",
        "{{else}}",
        "{{#if a}}{{else}}{{else}}{{/if}}",
        "{{> (lookup a b)}}",
        "{{#> p}}{{/p}}",
        "{{#*inline \"p\"}}{{/inline}}",
        "{{{{raw}}}}{{{{/raw}}}}",
        "{{*d}}",
        "{{! x",
        "{{!-- x }}",
        "{{~! x}}",
        "{{role who}}",
        "{{role \"judge\"}}",
        "{{ #if a}}",
        "{{../x}}",
        "{{@index}}",
        "{{\"x\"}}",
        "{{12}}",
        "{{json \"x}}",
        "{{json (role \"user\")}}",
        "{{a b}}",
        "{{a.}}",
        "{{a!}}",
        "{{}}",
        "{{json x indent=99}}",
        "{{media contentType=a}}",
        "{{> p a b}}",
        "{{#each a as |x y z|}}{{/each}}",
        "{{history x}}",
        "{{{x}}",
        "{{#if a=1}}{{/if}}",
        "{\"a\": {{\"b\": 1}}}",
        "{{#if a\n{{/if}}",
    ];
    let told: String = texts
        .iter()
        .map(|text| format!("{text}\n  {}", faults(text).replace('\n', "\n  ").trim_end_matches(' ')))
        .collect();
    insta::assert_snapshot!(told, @r#"
    a {{name b
      "name": there is no helper `name`; a variable takes no arguments; where braces are meant as text, write \{{
    {{name
      "{{": this tag is never closed; end it with }}, or write \{{ where braces are meant as text
    {{#if a}}x
      "{{#if a}}": the block `#if` is never closed; write {{/if}} before the end of the text at byte 10
    {{#if a}}{{#each b}}{{/if}}
      "if": `#each` is still open where `/if` stands; write {{/each}} before it, for the block that opens at byte 9
    {{/if}}
      "if": no block is open that `/if` could close; remove it, or open the block before it
    {{#if a}}{{/each}}
      "each": `/each` stands where `/if` is expected; write {{/if}}, for the block that opens at byte 0
    {{#if}}x{{/if}}
      "if": `if` takes one argument, and here are 0; write {{#if name}}…{{/if}}
    {{#if a b}}x{{/if}}
      "if": `if` takes one argument, and here are 2; write {{#if name}}…{{/if}}
    {{#iff a}}x{{/iff}}
      "iff": there is no helper `iff`; did you mean `if`? It is written {{#if name}}…{{/if}}
    {{jsno x}}
      "jsno": there is no helper `jsno`; did you mean `json`? It is written {{json value indent=2}}
    {{upper x}}
      "upper": there is no helper `upper`; a variable takes no arguments; where braces are meant as text, write \{{
    {{if x}}
      "if": `if` is a block; write {{#if name}}…{{/if}}
    {{#json x}}{{/json}}
      "json": `json` is no block; write {{json value indent=2}}
    {{^x}}{{/x}}
      "{{^": sections that begin with ^ are not supported; write {{#unless name}}…{{/unless}}
    {{.}}
      ".": `.` alone is not understood; write {{this}} for the current value
    {{#x}}{{/x}}
      "x": `x` is a variable, not a block; write {{#if x}} for a condition, {{#each x}} for a list
    {{#a.b}}{{/a.b}}
      "a.b": `a.b` is a variable, not a block; write {{#if a.b}} for a condition, {{#each a.b}} for a list
    {{else}}
      "else": `else` stands outside of a block; open one with {{#if …}} before it
    {{#if a}}{{else}}{{else}}{{/if}}
      "else": this block has an `else` already; write {{else if …}} before the last {{else}}
    {{> (lookup a b)}}
      "(": partials chosen by an expression are not supported; name the partial itself: what is included must be known before rendering
    {{#> p}}{{/p}}
      "{{#>": blocks of partials are not supported; include the text by {{> name}}
    {{#*inline "p"}}{{/inline}}
      "{{#*": inline partials are not supported; make the text a prompt of its own, and include it by {{> name}}
    {{{{raw}}}}{{{{/raw}}}}
      "{{{{": raw blocks are not supported; write \{{ for braces that are meant as text
      "{{{{": raw blocks are not supported; write \{{ for braces that are meant as text
    {{*d}}
      "{{*": decorators are not supported; remove this tag
    {{! x
      "{{!": this comment is never closed; end it with }}
    {{!-- x }}
      "{{!": this comment is never closed; end it with --}}
    {{~! x}}
      "{{~!": a comment cannot begin with ~; write the ~ at the tag beside it
    {{role who}}
      "role": a role must be written out; write the role in quotes, such as {{role "system"}}: a variable must not decide who speaks
    {{role "judge"}}
      "role": this role is unknown; a role is system, user, model, assistant or tool
    {{ #if a}}
      "{{ #": there is a space before `#`; write the sign directly behind the braces
    {{../x}}
      "../x": this path climbs above the input; leave out a `../`: only #each and #with go down a level
    {{@index}}
      "@index": there is no loop here; it is known only inside {{#each …}}
    {{"x"}}
      "\"x\"": a text in quotes cannot be printed; write the text itself, without braces and quotes
    {{12}}
      "12": a number is no variable; write the number without braces
    {{json "x}}
      "\"": this quote is never closed; write a second one where the text ends
    {{json (role "user")}}
      "role": `role` cannot stand inside another helper; only lookup and json can
    {{a b}}
      "a": there is no helper `a`; a variable takes no arguments; where braces are meant as text, write \{{
    {{a.}}
      "}": `}` cannot stand here; a name is expected here; where braces are meant as text, write \{{
    {{a!}}
      "!": `!` cannot stand here; a space or }} is expected here; where braces are meant as text, write \{{
    {{}}
      "{{}": this tag is empty; name a variable in it; where braces are meant as text, write \{{
    {{json x indent=99}}
      "json": `indent` must be a number from 0 to 10; write {{json value indent=2}}
    {{media contentType=a}}
      "media": `media` needs a url; write {{media url=image contentType="image/png"}}
    {{> p a b}}
      "p": a partial takes one value; give one value, or values by name: {{> greeting name=user}}
    {{#each a as |x y z|}}{{/each}}
      "as |x y z": too many names behind `as`; #each binds an item and its index: {{#each items as |item index|}}
    {{history x}}
      "history": `history` takes no arguments, and here are 1; write {{history}}
    {{{x}}
      "{{{": this tag opens with three braces and closes with two; write as many braces at its end as at its beginning
    {{#if a=1}}{{/if}}
      "if": `if` takes one argument, and here are 0; write {{#if name}}…{{/if}}
    {"a": {{"b": 1}}}
      "\"b\"": a text in quotes cannot be printed; write the text itself, without braces and quotes
    {{#if a
    {{/if}}
      "{{": this tag is not closed before the next begins; end this tag with }} before the next begins, or write \{{ where braces are meant as text
    "#);
}

#[test]
fn the_variables_of_a_text_are_those_of_the_input_with_their_places() {
    let text = "{{user.name}} {{#if a}}{{b}}{{else if c}}{{/if}}{{#each items as |it ix|}}{{it.x}}{{ix}}{{name}}\
                {{../lang}}{{@root.top}}{{@index}}{{@key}}{{this}}{{else}}{{none}}{{/each}}{{#with w}}{{z}}{{/with}}\
                {{@state.x}}{{> tone x=y}}{{json (lookup t k)}}{{#ifEquals l \"x\"}}{{/ifEquals}}\\{{no}} \\\\{{yes}}{{each}}{{log}}";
    let parsed = parse(text, &Limits::default());
    assert_eq!(parsed.faults, []);
    let uses = parsed.variables.iter().map(|used| {
        assert_eq!(&text[used.span.start..used.span.end], used.path);
        format!("{} {} {:?}\n", used.name, used.path, used.used)
    });
    insta::assert_snapshot!(uses.collect::<String>(), @"
    user user.name Output
    a a Condition
    b b Output
    c c Condition
    items items Loop
    lang ../lang Output
    top @root.top Output
    none none Output
    w w Condition
    y y Argument
    t t Argument
    k k Argument
    l l Argument
    yes yes Output
    each each Output
    log log Output
    ");
    assert_eq!(parsed.partials[0].name, "tone");
    assert_eq!(parsed.partials[0].given, ["x"]);
    assert!(parsed.partials[0].sees_input);
    assert!(!parsed.whole_input);
    assert!(parse("{{json this}}", &Limits::default()).whole_input);
    assert_eq!(parsed.variables.iter().filter(|used| used.used == Use::Loop).count(), 1);
}

#[test]
fn a_version_renders_to_its_messages() {
    let file = json!({
        "messages": [
            {"role": "system", "content": "You answer in {{language}}.\n"},
            {"placeholder": "history"},
            {"role": "user", "content": "{{#each items}}\n- {{@index}} {{this}}\n{{else}}\nnothing\n{{/each}}\n"},
        ],
        "input_schema": {"properties": {"language": {}, "items": {}}},
    });
    let compiled = compile(file).unwrap();
    let input = map(json!({"language": "German & <Dutch>", "items": ["a", "b"]}));
    let messages = compiled.render(&input, &history(vec![user("earlier")]), &Map::new()).unwrap();
    insta::assert_snapshot!(lines(&messages), @"
    system: You answer in German & <Dutch>.

    user: earlier
    user: - 0 a
    - 1 b
    ");
    let other = BTreeMap::from([("examples".to_owned(), vec![user("x")])]);
    let error = compiled.render(&input, &other, &Map::new()).unwrap_err();
    insta::assert_snapshot!(error, @"messages were given for `examples`, but the version has no such placeholder");
}

#[test]
fn roles_history_sections_and_media_make_messages_and_parts() {
    let text = "{{role \"system\"}}Be kind.\n{{history}}\n{{role \"user\"}}See {{media url=u contentType=\"image/png\"}} and{{section \"more\"}}";
    let compiled = compile(json!({"content": text})).unwrap();
    let messages = compiled.render(&map(json!({"u": "data:x"})), &history(vec![user("hi")]), &Map::new()).unwrap();
    insta::assert_snapshot!(lines(&messages), @r#"
    system: Be kind.

    user: hi {"purpose":"history"}
    user: [{"text":"See "},{"media":{"url":"data:x","content_type":"image/png"}},{"text":" and"},{"metadata":{"purpose":"more","pending":true}}]
    "#);
}

#[test]
fn history_without_a_place_goes_before_the_last_message_of_the_user() {
    let place = |text: &str| {
        let compiled = compile(json!({"content": text})).unwrap();
        lines(&compiled.render(&Map::new(), &history(vec![user("earlier")]), &Map::new()).unwrap())
    };
    assert_eq!(place("now"), "user: earlier\nuser: now\n");
    assert_eq!(place("{{role \"system\"}}be"), "system: be\nuser: earlier\n");
    assert_eq!(place(""), "user: earlier\n");
}

#[test]
fn a_missing_value_is_an_error_unless_its_variable_is_declared_and_not_required() {
    let file = |text: &str| json!({"content": text, "input_schema": {"required": ["must"], "properties": {"must": {}, "may": {}}}});
    let text = |text: &str, input: Value| render_file(file(text), input).map(|messages| lines(&messages));
    assert_eq!(text("a{{may}}b{{may.deep}}{{json may}}", json!({})).unwrap(), "user: ab\n");
    assert_eq!(
        text("a{{#if may}}x{{else}}y{{/if}}{{#each may}}{{/each}}{{#with other}}{{/with}}", json!({})).unwrap(),
        "user: ay\n"
    );
    let error = |template: &str, input: Value| text(template, input).unwrap_err().to_string();
    insta::assert_snapshot!(error("a {{must.x}}", json!({"must": {}})), @"message 1, byte 4: `must.x` has no value");
    insta::assert_snapshot!(error("a {{other}}", json!({})), @"message 1, byte 4: `other` has no value");
    insta::assert_snapshot!(error("a {{may.x}}", json!({"may": {"y": "secret"}})), @"message 1, byte 4: `may.x` has no value");
    insta::assert_snapshot!(error("{{#each must}}{{name}}{{/each}}", json!({"must": [{"name": "secret"}, {}]})), @"message 1, byte 16: `name` has no value");
    insta::assert_snapshot!(error("a {{json other}}", json!({})), @"message 1, byte 9: `other` has no value");
    insta::assert_snapshot!(error("a\n{{#if must.x}}{{/if}}", json!({"must": ["secret"]})), @"message 1, byte 2: `x` is asked of a list; go over the list with #each, or write a number");
    insta::assert_snapshot!(error("{{must}}", json!({"must": {"secret": 1}})), @"message 1, byte 2: `must` is an object, which has no text of its own; write {{json …}}, or name one of its properties");
    insta::assert_snapshot!(error("{{media url=must}}", json!({"must": 5})), @"message 1, byte 0: `media` needs a text as its url");
}

#[test]
fn the_subset_means_what_it_means_in_javascript() {
    let input = json!({
        "name": "Ana", "zero": 0, "list": [1, 2], "none": [], "map": {"b": 1, "a": {"c": "x"}}, "yes": true, "each": "E",
        "log": "L", "if": "I", "elsewhere": "W", "role": "R", "people": [{"name": "Bo", "tags": ["x", "y"]}, {"name": "Cy", "tags": []}],
        "a b": "spaced", "2nd": "second", "ä": "umlaut", "key": "a", "in": "mine", "at": "too",
    });
    for (text, expected) in [
        ("{{each}}{{log}}{{if}}{{elsewhere}}{{role}}", "ELIWR"),
        ("{{list}} {{list.length}} {{list.[1]}} {{list.1}} {{name.length}}", "1,2 2 2 2 3"),
        ("{{[a b]}}{{this.[a b]}}{{2nd}}{{ä}}", "spacedspacedsecondumlaut"),
        ("{{map.a.c}}{{map/a/c}}{{lookup map.a \"c\"}}{{lookup (lookup map key) \"c\"}}", "xxxx"),
        (
            "{{#if zero}}a{{else}}b{{/if}}{{#if zero includeZero=true}}a{{/if}}{{#if none}}a{{else}}b{{/if}}{{#if map}}a{{/if}}",
            "baba",
        ),
        ("{{#unless yes}}a{{else if zero}}b{{else}}c{{/unless}}", "c"),
        (
            "{{#each people}}{{@index}}{{name}}{{#each tags}}{{@../index}}{{this}}{{../name}}{{../../name}}{{#unless @last}},{{/unless}}{{else}}-{{/each}};{{/each}}",
            "0Bo0xBoAna,0yBoAna;1Cy-;",
        ),
        (
            "{{#each people as |p i|}}{{i}}{{p.name}}{{#each p.tags as |t|}}{{t}}{{p.name}}{{/each}}{{/each}}",
            "0BoxBoyBo1Cy",
        ),
        ("{{#each map}}{{@key}}{{@index}}{{@first}}{{/each}}", "b0truea1false"),
        ("{{#with map.a}}{{c}}{{../name}}{{@root.name}}{{/with}}{{#with nobody}}a{{else}}b{{/with}}", "xAnaAnab"),
        ("{{#ifEquals list.length 2}}a{{/ifEquals}}{{#unlessEquals name 'Ana'}}b{{else}}c{{/unlessEquals}}", "ac"),
        (
            "\\{{name}} \\\\{{name}} \\\\\\{{name}} { {{{name}}} }} {{&name}} \\{{{name}}}",
            "{{name}} \\Ana \\\\Ana { Ana }} Ana {{{name}}}",
        ),
        ("x {{~name~}} y {{!-- }} --}}z {{! c }}.", "xAnay z ."),
        ("a\n  {{#if yes}}  \nb\n  {{/if}}\nc\n{{! gone }}\nd", "a\nb\nc\nd"),
        (
            "{{log name}}{{json map indent=2}}{{json name}}",
            "{\n  \"b\": 1,\n  \"a\": {\n    \"c\": \"x\"\n  }\n}\"Ana\"",
        ),
        ("{{in}}{{at}}{{@root.in}}{{@nothing.x}}", "minetoomine"),
        ("{{#if (lookup map 'q')}}a{{else}}{{#if true}}b{{/if}}{{/if}}", "b"),
    ] {
        assert_eq!(render(text, input.clone()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn the_callers_context_is_seen_by_its_at_names_and_never_as_input() {
    let compiled = compile(
        json!({"content": "{{@state.count}} {{@auth.email}} {{json this}}{{#each list}}{{@state.count}}{{/each}}"}),
    );
    let messages =
        compiled.unwrap().render(&map(json!({"list": [1]})), &BTreeMap::new(), &map(json!({"state": {"count": 42}})));
    assert_eq!(lines(&messages.unwrap()), "user: 42  {\"list\":[1]}42\n");
}

fn with_partials(main: Value, partials: &[(&str, Value)], limits: &Limits) -> Result<Compiled, Error> {
    let versions: BTreeMap<String, Version> =
        partials.iter().map(|(name, file)| ((*name).to_owned(), version(file.clone()))).collect();
    let main = version(main);
    Compiled::new(&main, |pin| versions.get(pin.name.as_str()), limits)
}

#[test]
fn partials_are_found_by_the_names_of_the_version_that_uses_them() {
    let partials = [
        ("outer", json!({"content": "[{{> tone}} {{name}}]\n", "uses": {"tone": "kind@1.0.0"}})),
        ("kind", json!({"content": "kind"})),
        ("stern", json!({"content": "stern {{{x}}\n{{y}}", "engine": "none"})),
    ];
    let main = json!({
        "content": "{{> outer name=\"N\"}}\n  {{> tone}}\n{{#each list}}{{> outer this}}{{/each}}",
        "uses": {"outer": "outer@1.0.0", "tone": "stern@1.0.0"},
    });
    let compiled = with_partials(main, &partials, &Limits::default()).unwrap();
    let input = map(json!({"list": [{"name": "a"}, {"name": "b"}]}));
    let messages = compiled.render(&input, &BTreeMap::new(), &Map::new()).unwrap();
    insta::assert_snapshot!(lines(&messages), @"
    user: [kind N]
      stern {{{x}}
      {{y}}[kind a]
    [kind b]
    ");
    let error = compiled.render(&map(json!({"list": [{}]})), &BTreeMap::new(), &Map::new()).unwrap_err();
    insta::assert_snapshot!(error, @"message 1, byte 14 of the included outer@1.0.0: `name` has no value");
}

#[test]
fn names_given_to_a_partial_or_bound_by_a_loop_stay_where_they_belong() {
    let partials = [(
        "p",
        json!({"content": "{{#each items as |name|}}{{x}}{{name.x}}{{#with name}}{{x}}{{/with}}{{/each}}{{x}}{{#with y}}{{x}}{{/with}}"}),
    )];
    let main = |text: &str| json!({"content": text, "uses": {"p": "p@1.0.0"}});
    let render = |text: &str, input: Value| {
        let compiled = with_partials(main(text), &partials, &Limits::default()).unwrap();
        compiled.render(&map(input), &BTreeMap::new(), &Map::new()).map(|messages| lines(&messages))
    };
    let input = json!({"x": "R", "y": {"x": "Y"}, "items": [{"x": "I"}], "z": ["Z"]});
    assert_eq!(render("{{> p x=\"G\"}}", input.clone()).unwrap(), "user: IIIGY\n");
    assert_eq!(
        render("{{#each z as |x|}}{{#with @root}}{{> p}}{{x}}{{this.x}}{{/with}}{{/each}}", input.clone()).unwrap(),
        "user: IIIRYZR\n"
    );
    insta::assert_snapshot!(render("{{> p x=unknown}}", input).unwrap_err(), @"message 1, byte 79 of the included p@1.0.0: `x` has no value");
}

#[test]
fn partials_that_cannot_be_included_are_refused_by_name() {
    let refuse = |main: Value, partials: &[(&str, Value)]| {
        with_partials(main, partials, &Limits::default()).unwrap_err().to_string()
    };
    let circle = [
        ("a", json!({"content": "{{> b}}", "uses": {"b": "b@1.0.0"}})),
        ("b", json!({"content": "x{{> a}}", "uses": {"a": "a@1.0.0"}})),
    ];
    insta::assert_snapshot!(refuse(json!({"content": "{{> a}}", "uses": {"a": "a@1.0.0"}}), &circle), @"partials include each other in a circle: a@1.0.0 → b@1.0.0 → a@1.0.0");
    insta::assert_snapshot!(refuse(json!({"content": "hi {{> a}}"}), &[]), @"message 1, byte 7: the partial `a` is not there");
    insta::assert_snapshot!(refuse(json!({"content": "hi {{> a}}", "uses": {"a": "a@1.0.0"}}), &[]), @"message 1, byte 7: the partial `a` is not there");
    let two = [("a", json!({"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": "y"}]}))];
    insta::assert_snapshot!(refuse(json!({"content": "{{> a}}", "uses": {"a": "a@1.0.0"}}), &two), @"a@1.0.0 cannot be included: a partial is a version of exactly one message");
    let faulty = [("a", json!({"content": "x {{/if}}"}))];
    insta::assert_snapshot!(refuse(json!({"content": "{{> a}}", "uses": {"a": "a@1.0.0"}}), &faulty), @"message 1, byte 5 of the included a@1.0.0: no block is open that `/if` could close; remove it, or open the block before it");
}

#[test]
fn without_an_engine_braces_are_text() {
    let file = json!({"messages": [{"role": "assistant", "content": "{{#if {{{{ \\{{ }} {{role \"system\"}}"}], "engine": "none"});
    assert_eq!(lines(&render_file(file, json!({})).unwrap()), "assistant: {{#if {{{{ \\{{ }} {{role \"system\"}}\n");
}

/// Runs on the smallest stack that a thread of this program has.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_hostile_text_is_refused_in_little_time() {
    on_a_small_stack(|| {
        let texts = [
            "{{a}} some text".repeat(8_000),
            "{{#if a}}".repeat(5_000),
            "{{#if a}}".repeat(5_000) + &"{{/if}}".repeat(5_000),
            format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if b}}".repeat(1_000)),
            "{".repeat(1 << 20),
            "}".repeat(1 << 19) + "{{",
            "{{".to_owned() + &"../".repeat(100_000) + "x}}",
            "{{json ".to_owned() + &"(json ".repeat(50_000),
            "{{".to_owned() + &"a.".repeat(200_000) + "a}}",
            "{{".to_owned() + &"a".repeat(500_000) + "}}",
            "{{json ".to_owned() + &"a ".repeat(200_000) + "}}",
            "\\".repeat(500_000) + "{{#",
            "{{!--".repeat(100_000),
            "{{! {{".repeat(100_000),
            "{{json \"".repeat(100_000),
            "{{#if [".repeat(100_000),
            "{{>".repeat(100_000),
            "{{+".repeat(100_000),
        ];
        for text in &texts {
            let start = Instant::now();
            let faults = parse(text, &Limits::default()).faults;
            let refused = compile(json!({"content": text})).is_err();
            let head = &text[..20.min(text.len())];
            assert!(refused && !faults.is_empty() && faults.len() <= 20, "{head}");
            assert!(start.elapsed() < Duration::from_secs(1), "{head} took {:?}", start.elapsed());
        }
    });
}

#[test]
fn the_deepest_text_that_is_let_pass_renders_on_a_small_stack() {
    on_a_small_stack(|| {
        let limits = Limits { template_depth: 10_000, ..Limits::default() };
        let depth = (1..)
            .find(|n| !parse(&("{{#if a}}".repeat(*n) + &"{{/if}}".repeat(*n)), &limits).faults.is_empty())
            .unwrap()
            - 1;
        let nested = |open: &str, close: &str| open.repeat(depth) + "{{a}}" + &close.repeat(depth);
        let call = "(json ".repeat(8) + "a" + &")".repeat(8);
        for text in [
            nested("{{#if a}}", "{{/if}}"),
            nested("{{#each this}}", "{{/each}}").replace("{{a}}", ""),
            nested("{{#with this}}", "{{/with}}"),
            nested(&format!("{{{{#ifEquals {call} \"x\"}}}}{{{{else}}}}"), "{{/ifEquals}}")
                .replace("{{a}}", "{{@root.a}}"),
            format!("{{{{#if x}}}}{}{{{{else}}}}{{{{a}}}}{{{{/if}}}}", "{{else if y}}".repeat(depth - 1)),
        ] {
            let compiled = Compiled::new(&version(json!({"content": text})), |_| None, &limits).unwrap();
            compiled.render(&map(json!({"a": "value"})), &BTreeMap::new(), &Map::new()).unwrap();
        }
        let chain: Vec<(String, Value)> = (0..depth)
            .map(|n| (format!("p{n}"), json!({"content": format!("x{{{{> p{}}}}}", n + 1), "uses": {format!("p{}", n + 1): format!("p{}@1.0.0", n + 1)}})))
            .chain([(format!("p{depth}"), json!({"content": "end"}))])
            .collect();
        let chain: Vec<(&str, Value)> = chain.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
        let first =
            |n: usize| json!({"content": format!("{{{{> p{n}}}}}"), "uses": {format!("p{n}"): format!("p{n}@1.0.0")}});
        assert!(matches!(with_partials(first(0), &chain, &limits), Err(Error::TooLarge { .. })));
        let compiled = with_partials(first(1), &chain, &limits).unwrap();
        compiled.render(&Map::new(), &BTreeMap::new(), &Map::new()).unwrap();
    });
}

#[test]
fn doubling_partials_are_counted_before_anything_is_compiled() {
    let names: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    let partials: Vec<(&str, Value)> = (0..40)
        .map(|n| match names.get(n + 1) {
            Some(next) => (names[n].as_str(), json!({"content": format!("{{{{> {next}}}}}{{{{> {next}}}}}"), "uses": {next: format!("{next}@1.0.0")}})),
            None => (names[n].as_str(), json!({"content": "ha"})),
        })
        .collect();
    let error =
        with_partials(json!({"content": "{{> p0}}", "uses": {"p0": "p0@1.0.0"}}), &partials, &Limits::default());
    insta::assert_snapshot!(error.unwrap_err(), @"the template with all it includes has too many tags: 2046, and the limit is 2000");
}

#[test]
fn loops_end_at_the_size_of_the_output_or_at_the_time() {
    let limits = Limits { render_milliseconds: 100, output_bytes: 100_000, ..Limits::default() };
    let input = map(json!({"list": vec![0; 60], "text": "x".repeat(60_000)}));
    let refuse = |inner: &str| {
        let text = "{{#each @root.list}}".repeat(4) + inner + &"{{/each}}".repeat(4);
        let compiled = Compiled::new(&version(json!({"content": text})), |_| None, &limits).unwrap();
        let start = Instant::now();
        let error = compiled.render(&input, &BTreeMap::new(), &Map::new()).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(1), "{inner} took {:?}", start.elapsed());
        error
    };
    assert_eq!(refuse("{{@index}} is one of them "), Error::OutputTooLarge { limit: 100_000 });
    for inner in ["{{@root.text}}", "{{json @root indent=10}}", "{{media url=@root.text}}"] {
        assert!(matches!(refuse(inner), Error::OutputTooLarge { .. } | Error::TooSlow { .. }), "{inner}");
    }
    for inner in ["", "{{#if a}}{{/if}}", "{{lookup @root.list 99}}"] {
        assert_eq!(refuse(inner), Error::TooSlow { limit: 100 }, "{inner}");
    }
}

/// Pieces that templates are made of, whole and broken.
fn fragment() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec![
        "{{a}}",
        "{{~a.b~}}",
        "{{{a}}}",
        "{{&a}}",
        "{{json a}}",
        "{{json (lookup a \"b\") indent=2}}",
        "{{lookup a 0}}",
        "{{this}}",
        "{{#if a}}",
        "{{else}}",
        "{{^}}",
        "{{else if b}}",
        "{{~else~}}",
        "{{/if}}",
        "{{#each a as |x y|}}",
        "{{/each}}",
        "{{#with a}}",
        "{{/with}}",
        "{{#unless a.length}}",
        "{{/unless}}",
        "{{#ifEquals a 1.5}}",
        "{{/ifEquals}}",
        "{{../a}}",
        "{{@root.a}}",
        "{{@root}}",
        "{{@index}}",
        "{{@state.x}}",
        "{{x}}",
        "{{> p}}",
        "{{> p a b=\"c\"}}",
        "{{! c }}",
        "{{!-- }} --}}",
        "{{role \"system\"}}",
        "{{history}}",
        "{{section 'x'}}",
        "{{media url=a}}",
        "{{log a b}}",
        "\\{{a}}",
        "\\\\{{a}}",
        "{{[a b].[c]}}",
        "{{./a}}",
        "{{..}}",
        "{{elsewhere}}",
        "{{as}}",
        "{{json as}}",
        "{{json 1x}}",
        "{{2nd.x}}",
        "{{ä}}",
        "{{null}}",
        "{{json null}}",
        "{{json \"\\\\ \\\" é\n\"}}",
        "{{json '\"'}}",
        "{{json -1}}",
        "{{json 1E5}}",
        "{{json true-ish}}",
        "{{json [1]}}",
    ]);
    let part = prop::sample::select(vec![
        "{{", "}}", "{", "}", "\\", "~", "#", "/", " ", "\n", "\t", "a", "if", "each", "else", "this", ".", "..",
        "../", "@", "[", "]", "(", ")", "\"", "'", "=", "|", "as |x|", "1", "-", ">", "^", "!", "--", "&", "*",
        "\u{a0}", "\u{f8ff}", "\r\n", "ß", "😀", "json", "true",
    ]);
    prop_oneof![5 => whole.prop_map(str::to_owned), 2 => part.prop_map(str::to_owned), 1 => "[ \\PC\n]{0,8}"]
}

/// Whole templates, blocks closed.
fn template() -> impl Strategy<Value = String> {
    let leaf = prop::collection::vec(fragment(), 0..4).prop_map(|parts| parts.concat());
    leaf.prop_recursive(4, 40, 4, |inner| {
        let block = prop::sample::select(vec![
            ("{{#if a}}", "{{/if}}"),
            ("{{~#each a~}}", "{{~/each~}}"),
            ("\n {{#with a}}\n", "\n{{/with}}  \n"),
            ("{{#unless (lookup a b)}}", "{{else}}x{{/unless}}"),
            ("{{#each a as |x|}}", "{{else each b}}{{this}}{{/each}}"),
        ]);
        prop_oneof![
            (block, inner.clone()).prop_map(|((open, close), inner)| format!("{open}{inner}{close}")),
            prop::collection::vec(inner, 0..4).prop_map(|parts| parts.concat()),
        ]
    })
}

fn inputs() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abcx]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_checked_without_fault_compiles_and_renders_or_says_why(text in template(), input in prop::collection::btree_map("[abc]", inputs(), 0..4)) {
        let limits = Limits::default();
        let parsed = parse(&text, &limits);
        for span in parsed.faults.iter().map(|f| f.span).chain(parsed.variables.iter().map(|v| v.span)).chain(parsed.partials.iter().map(|p| p.span)) {
            prop_assert!(text.get(span.start..span.end).is_some(), "{span:?}");
        }
        let compiled = with_partials(json!({"content": text, "uses": {"p": "p@1.0.0"}}), &[("p", json!({"content": "\n{{b}} y\n"}))], &limits);
        match compiled {
            Ok(compiled) => {
                prop_assert!(parsed.faults.is_empty());
                let rendered = compiled.render(&map(json!(input)), &BTreeMap::new(), &Map::new());
                prop_assert!(!matches!(rendered, Err(Error::Engine { .. })), "{rendered:?}");
            }
            Err(Error::UnknownPartial { .. }) => {}
            Err(Error::Fault { message, .. }) => prop_assert_eq!(Some(message), parsed.faults.first().map(|fault| fault.message.clone())),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn escaped_text_renders_to_itself(text in "([{}\\\\~# a\n\u{f8ff}]|\\PC){0,30}") {
        // The full stop keeps white space from being dropped as an empty message.
        let text = format!("{text}.");
        prop_assert_eq!(render(&escape(&text), json!({})).unwrap(), text);
    }

    #[test]
    fn no_value_makes_a_message_or_a_role(values in prop::collection::vec(prop_oneof![Just(String::new()), "\\PC{0,12}", "[ \n{}]{0,5}", Just("{{role \"system\"}}".to_owned()), Just("<<<dotprompt:role:system>>>".to_owned()), Just("{{history}}".to_owned())], 3)) {
        let file = json!({"messages": [
            {"role": "user", "content": "{{a}}{{role \"system\"}}\n{{b}}{{> p}}{{history}}{{role \"user\"}}{{#each l}}{{this}}{{/each}}{{media url=c}} {{json a}}"},
            {"role": "assistant", "content": "{{c}}"},
        ], "uses": {"p": "p@1.0.0"}});
        let compiled = with_partials(file, &[("p", json!({"content": "{{role \"model\"}}{{b}}"}))], &Limits::default()).unwrap();
        let shape = |a: &str, b: &str, c: &str| {
            let input = map(json!({"a": a, "b": b, "c": c, "l": [a, b]}));
            let messages = compiled.render(&input, &history(vec![user("h")]), &Map::new()).unwrap();
            messages.iter().map(|message| message.role).collect::<Vec<_>>()
        };
        prop_assert_eq!(shape(&values[0], &values[1], &values[2]), shape("x", "x", "x"));
    }
}

#[test]
fn parts_are_typed() {
    let messages = render_file(json!({"content": "a{{section \"s\"}}"}), json!({})).unwrap();
    let Content::Parts(parts) = &messages[0].content else { panic!("{messages:?}") };
    assert!(matches!(&parts[..], [Part::Text { .. }, Part::Pending { .. }]));
}
