//! The texts of a generated registry: words by dice that fall the same way every time.

use std::fmt::Write as _;

/// Dice that fall the same way every time (SplitMix64).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(name: &str, number: usize) -> Self {
        let seed =
            name.bytes().fold(number as u64 + 1, |seed, byte| seed.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    fn sentence(&mut self) -> String {
        let mut text = self.word().to_owned();
        text[..1].make_ascii_uppercase();
        for _ in 0..6 + self.below(8) {
            let _ = write!(text, " {}", self.word());
        }
        text.push('.');
        text
    }
}

const TASKS: [&str; 8] = [
    "summarize-ticket",
    "classify-mail",
    "draft-reply",
    "extract-dates",
    "translate-page",
    "review-code",
    "name-product",
    "rank-answers",
];

#[rustfmt::skip]
const WORDS: [&str; 72] = [
    "answer", "the", "customer", "in", "their", "own", "language", "and", "never", "invent", "a", "number", "that",
    "is", "not", "given", "write", "short", "sentences", "which", "colleague", "can", "read", "at", "once", "leave",
    "out", "names", "of", "people", "quote", "exact", "words", "where", "they", "matter", "order", "begins", "with",
    "what", "must", "be", "done", "next", "list", "each", "open", "question", "by", "itself", "use", "plain", "tone",
    "without", "praise", "or", "blame", "say", "so", "if", "something", "cannot", "known", "from", "text", "alone",
    "keep", "units", "dates", "as", "them", "found",
];

/// What a prompt is for.
pub(crate) fn task(i: usize) -> &'static str {
    TASKS[i % TASKS.len()]
}

/// How far a prompt has come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stage {
    /// Its newest version is `1.<number>.0`.
    pub(crate) number: usize,
    /// Whether `production` is at the newest version, and not at the one before.
    pub(crate) released: bool,
    /// How often its description was edited.
    pub(crate) edits: usize,
}

/// A `prompt.yaml`.
pub(crate) fn prompt(name: &str, owner: usize, tags: [usize; 2], stage: Stage) -> String {
    let Stage { number, released, edits } = stage;
    let mut dice = Dice::new(name, edits * 1000);
    let mut text = format!(
        "display_name: {}\ndescription: {}\nowner: user-{owner}\ncategory: support\ntags: [tag-{}, tag-{}]\n\
         labels: {{production: 1.{}.0, staging: 1.{number}.0}}\n",
        name.replace('-', " "),
        dice.sentence(),
        tags[0],
        tags[1],
        if released { number } else { number.saturating_sub(1) },
    );
    // What others include is not deprecated: it would be told for each of them.
    if number >= 3 && !name.starts_with("tone-") {
        text.push_str("deprecated: {1.0.0: \"answers in the wrong language; use 1.2.0\"}\n");
    }
    text
}

/// A workflow of two steps, edited that often.
pub(crate) fn workflow(i: usize, edits: usize, owner: usize, prompts: [&str; 2]) -> String {
    let mut dice = Dice::new("workflow", i * 1000 + edits);
    format!(
        "display_name: Workflow {i}\ndescription: {}\nowner: user-{owner}\nstatus: published\n\
         input_schema:\n  type: object\n  required: [ticket]\n  properties:\n    ticket:\n      type: string\n      \
         description: The whole thread of the ticket.\n\
         triggers:\n  - {{id: by-hand, type: manual}}\nsteps:\n\
         {}{}output: {{text: \"{{{{outputs.second}}}}\"}}\n",
        dice.sentence(),
        step("first", prompts[0], "input.ticket"),
        step("second", prompts[1], "outputs.first"),
    )
}

fn step(id: &str, prompt: &str, from: &str) -> String {
    format!(
        "  - id: {id}\n    prompt: {prompt}:production\n    model: fast\n    \
         input_mapping: {{ticket: \"{{{{{from}}}}}\"}}\n    output_key: {id}\n    timeout_seconds: 60\n    retries: 1\n"
    )
}

/// A version that others include.
pub(crate) fn partial(dice: &mut Dice) -> String {
    format!("messages:\n  - role: system\n    content: |\n{}", block(dice, 6, 6))
}

/// A version of about 1.5 kB with three variables.
pub(crate) fn version(dice: &mut Dice, tone: Option<&str>, tests: bool) -> String {
    let known = known_words(dice.clone());
    let include = tone.map(|tone| format!("      {{{{> {tone}}}}}\n")).unwrap_or_default();
    let uses = tone.map(|tone| format!("uses: {{{tone}: {tone}@1.0.0}}\n")).unwrap_or_default();
    let mut text = format!(
        "# yaml-language-server: $schema=../../../.promptreg/schemas/version.json\n\
         messages:\n  - role: system\n    content: |\n      You help the team of {{{{team}}}}. Write in {{{{language}}}}.\n{}{known}{include}  \
         - role: user\n    content: |\n      The text:\n\n      {{{{ticket}}}}\n{SCHEMA}{uses}model: fast\n\
         parameters: {{temperature: 0.{}, max_tokens: {}}}\nnotes: {}\n",
        block(dice, 10, 6),
        dice.below(10),
        100 + dice.below(900),
        dice.sentence(),
    );
    if tests {
        text.push_str(TESTS);
    }
    text
}

/// A line of words of which it is known how many versions have them: 60 in 100, one in 100 and one in 20,000.
fn known_words(mut dice: Dice) -> String {
    dice.0 ^= 0x5eed;
    let common = if dice.below(5) < 3 { " Look for the quarterly invoice." } else { "" };
    let scarce = if dice.below(100) == 0 { " Ask about the refund." } else { "" };
    let rare = if dice.below(20_000) == 0 { " Read the warranty." } else { "" };
    format!("      Begin with care.{common}{scarce}{rare}\n")
}

fn block(dice: &mut Dice, lines: usize, indent: usize) -> String {
    (0..lines).map(|_| format!("{:indent$}{}\n", "", dice.sentence())).collect()
}

const SCHEMA: &str = "\
input_schema:
  type: object
  required: [ticket]
  properties:
    ticket:
      type: string
      description: The whole thread of the ticket, oldest message first.
    language:
      type: string
      description: The language of the colleague who takes over.
      enum: [English, German, Spanish]
      default: English
    team:
      type: string
      description: Who is asked, as the customer knows the team.
      default: support
";

const TESTS: &str = "\
tests:
  - name: English unless told otherwise
    input: {ticket: My parcel has not arrived.}
    render_contains: [\"Write in English.\"]
  - name: German
    input: {ticket: Mein Paket fehlt., language: German}
    render_contains: [\"Write in German.\"]
";
