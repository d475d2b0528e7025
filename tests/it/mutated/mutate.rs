//! Mutations as accidents and malice make them: of bytes, of keys, of the structure of YAML.

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`, which is not 0.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.roll(all.len())]
    }
}

const BYTES: [&[u8]; 14] = [
    b"\0",
    b"\xff",
    b"\xc3",
    b"\r",
    b"\n",
    b"\t",
    b"{{",
    b"}}",
    b"\"",
    b"'",
    b": ",
    b"#",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
];

const LINES: [&str; 24] = [
    "&a [*a, *a]",
    "a: &a {b: *a}",
    "<<: {messages: []}",
    "!!binary aGVsbG8=",
    "? {complex: key}",
    "---",
    "...",
    "%YAML 1.2",
    "messages: []",
    "uses: {x: house-tone@1.0.0, y: house-tone@99.0.0, z: house-tone}",
    "input_schema: {$ref: '#'}",
    "input_schema: {properties: {a: {$ref: '#/properties/b'}, b: {$ref: '#/properties/a'}}}",
    "input_schema: {properties: {ticket: {pattern: '(a+)+$'}}}",
    "content: '{{#each a}}{{#each b}}{{#each c}}{{x}}{{/each}}{{/each}}{{/each}}'",
    "content: '{{> house-tone}}{{> house-tone}}'",
    "labels: {production: 1.0.0, production: 2.0.0}",
    "aliases: [house-tone, house-tone]",
    "checks: [{forbid_pattern: '((((a*)*)*)*)*$'}, {forbid_pattern: '['}, {require_pattern: 'x{1000}{1000}'}]",
    "triggers: [{id: a, type: schedule, cron: '* * 31 2 *', timezone: Nowhere/Land}]",
    "steps: [{id: a, prompt: a:b, input_mapping: {a: '{{outputs.a.b.c}}'}}]",
    "number: 1e400",
    "number: 123456789012345678901234567890",
    "# promptreg: ignore-file shape -- x",
    "key: |9\n         x",
];

/// One mutation of a text.
pub(super) fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    match dice.roll(9) {
        0 => replace_byte(bytes, dice),
        1 => cut(bytes, dice),
        2 => repeat(bytes, dice),
        3 => insert(bytes, dice.of(&BYTES), dice),
        _ => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.is_empty() {
                lines.push(String::new());
            }
            mutate_lines(&mut lines, dice);
            lines.join("\n").into_bytes()
        }
    }
}

fn replace_byte(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if !changed.is_empty() {
        let at = dice.roll(changed.len());
        changed[at] = u8::try_from(dice.roll(256)).unwrap();
    }
    changed
}

fn cut(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let end = dice.roll(bytes.len() + 1);
    let start = dice.roll(end + 1);
    [&bytes[..start], &bytes[end..]].concat()
}

fn repeat(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let end = dice.roll(bytes.len() + 1);
    let start = dice.roll(end + 1).max(end.saturating_sub(200));
    let times = 1 + dice.roll(400);
    [&bytes[..start], &bytes[start..end].repeat(times), &bytes[end..]].concat()
}

fn insert(bytes: &[u8], what: &[u8], dice: &mut Dice) -> Vec<u8> {
    let at = dice.roll(bytes.len() + 1);
    [&bytes[..at], what, &bytes[at..]].concat()
}

fn mutate_lines(lines: &mut Vec<String>, dice: &mut Dice) {
    let at = dice.roll(lines.len());
    let other = dice.roll(lines.len());
    match dice.roll(9) {
        0 => lines.swap(at, other),
        1 => drop(lines.remove(at)),
        2 => lines.insert(at, lines[other].clone()),
        3 => lines[at].insert_str(0, &" ".repeat(1 + dice.roll(7))),
        4 => lines[at] = lines[at].trim_start().to_owned(),
        // A key that is misspelt.
        5 => lines[at] = lines[at].replacen(char::is_alphabetic, "", 1),
        6 => lines[at] = format!("{}{}", lines[at], ["[", "{", "*", "&x ", "|", ">", "!!int", ": :"][dice.roll(8)]),
        7 => {
            // Deep, one way or the other.
            let (open, close) = [("[", "]"), ("{a: ", "}"), ("- ", ""), ("{{#if a}}", "{{/if}}")][dice.roll(4)];
            let depth = 1 + dice.roll(4_000);
            lines.insert(at, format!("deep: {}1{}", open.repeat(depth), close.repeat(depth)));
        }
        _ => lines.insert(at, dice.of(&LINES).to_owned()),
    }
}
