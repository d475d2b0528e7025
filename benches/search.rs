//! Measures the search room in memory of one process: `cargo bench --bench search -- [VERSIONS] [FOLDER]`.
#![expect(clippy::print_stdout, reason = "a bench is run by people")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use promptreg::{
    domain::{Listing, Prompt, PromptFolder, PromptName, Speaker, Turn, Version},
    search::{Index, Opened, Print, Question, Searcher, open},
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

/// How many versions a prompt has, and how many words a text.
const VERSIONS: usize = 5;
const WORDS: usize = 160;
/// How many different words there are.
const VOCABULARY: usize = 30_000;

type Prompts = BTreeMap<PromptName, PromptFolder>;

/// What the question of a number asks for.
type Text = Box<dyn Fn(usize) -> String>;

/// Dice that fall the same way every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// A word's number: the small ones are common, as in any language.
    fn rank(&mut self) -> usize {
        let fine = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((VOCABULARY as f64).powf(fine) as usize).min(VOCABULARY - 1)
    }
}

/// A word by its number: syllables that make it eight letters or so.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ta", "ri", "mon", "sel", "ka", "vor", "in", "dra", "pe", "lu", "nos", "ter", "bi", "gan", "so", "quel", "fa",
        "mi", "zor", "an", "che", "du", "ley", "wo",
    ];
    let mut dice = Dice(rank as u64 * 7 + 1);
    (0..3 + dice.below(2)).map(|_| SYLLABLES[dice.below(SYLLABLES.len())]).collect()
}

fn text(dice: &mut Dice, words: usize) -> String {
    let mut text = String::new();
    for place in 0..words {
        let end = if place % 12 == 11 { ".\n" } else { " " };
        text.push_str(&word(dice.rank()));
        text.push_str(end);
    }
    // In three of five texts.
    if dice.below(5) < 3 {
        text.push_str("customer support answers politely.");
    }
    text
}

fn prompt(i: usize, round: usize) -> PromptFolder {
    let mut dice = Dice((i * 31 + round) as u64);
    let version = |minor: usize, dice: &mut Dice| {
        let version = Version {
            messages: vec![
                Turn::Message { role: Speaker::System, content: text(dice, WORDS).into() },
                Turn::Message { role: Speaker::User, content: "{{ticket_body}}".into() },
            ],
            notes: Some(text(dice, 8)),
            ..Version::default()
        };
        (format!("1.{minor}.0").parse().unwrap(), Arc::new(version))
    };
    let versions = (0..VERSIONS).map(|minor| version(minor, &mut dice)).collect();
    let title = format!("{} {}", word(dice.rank()), word(dice.rank()));
    let meta = Prompt {
        display_name: Some(title),
        description: Some(text(&mut dice, 12)),
        owner: Some(format!("user-{}", i % 40).parse().unwrap()),
        tags: vec![format!("tag-{}", i % 30).parse().unwrap(), format!("tag-{}", (i + 7) % 30).parse().unwrap()],
        labels: [("production".parse().unwrap(), format!("1.{}.0", 2 + i % 3).parse().unwrap())].into(),
        ..Prompt::default()
    };
    PromptFolder {
        name: format!("{}-{i:05}", word(i % 300)).parse().unwrap(),
        collection: Some(format!("team-{}/area-{}", i % 8, i % 24).parse().unwrap()),
        prompt: Arc::new(meta),
        versions,
        digests: BTreeMap::new(),
        is_removed: false,
    }
}

fn print(number: usize) -> Print {
    (number as u128).to_be_bytes()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let versions: usize = arguments.first().map_or(100_000, |number| number.parse().unwrap());
    let place = arguments.get(1).map(PathBuf::from);
    let mut prompts: Prompts =
        (0..versions / VERSIONS).map(|i| prompt(i, 0)).map(|prompt| (prompt.name.clone(), prompt)).collect();
    let Opened::Owned(mut index) = open(place.as_deref()).unwrap() else { panic!("another process holds the index") };
    let began = Instant::now();
    let changed = prompts.values().map(|prompt| (prompt, print(0)));
    let searcher = index.update(changed, []).unwrap();
    println!("{versions} versions: built in {:.2} s, {:?}", began.elapsed().as_secs_f64(), searcher.size());
    let began = Instant::now();
    println!("{} prints read in {:?}", searcher.prints().unwrap().len(), began.elapsed());
    questions(&searcher, &prompts);
    commits(&mut index, &mut prompts);
    println!("after that: {:?}", index.searcher().size());
    questions(&index.searcher(), &prompts);
    if place.is_some() {
        drop(index);
        let began = Instant::now();
        drop(open(place.as_deref()).unwrap());
        println!("opened again in {:?}", began.elapsed());
    }
}

/// Each class of questions: what half of them, and all but one of a hundred, take at most.
fn questions(searcher: &Searcher, prompts: &Prompts) {
    let slip = |text: String| format!("{}{}", &text[..2], &text[3..]);
    let classes: [(&str, Text); 11] = [
        ("word in 60 %", Box::new(|i| ["customer", "support", "answers", "politely"][i % 4].to_owned())),
        ("common word", Box::new(|i| word(20 + i))),
        ("rare word", Box::new(|i| word(9_000 + i * 7))),
        ("two words in 60 %", Box::new(|i| ["customer support", "politely answers"][i % 2].to_owned())),
        ("two common words", Box::new(|i| format!("{} {}", word(10 + i), word(30 + i * 3)))),
        ("phrase in 60 %", Box::new(|i| ["\"customer support\"", "\"support answers\""][i % 2].to_owned())),
        ("phrase", Box::new(|i| format!("\"{} {}\"", word(i % 20), word(1 + i % 30)))),
        ("prefix", Box::new(|i| format!("{}*", &word(i)[..3]))),
        (
            "last word begun",
            Box::new(|i| {
                let w = word(500 + i);
                w[..w.len() - 2].to_owned()
            }),
        ),
        ("typo", Box::new(move |i| slip(word(50 + i * 11)))),
        ("typo of 60 %", Box::new(|i| ["custmer", "suport", "anwsers", "politley"][i % 4].to_owned())),
    ];
    let only = std::env::args().find_map(|argument| Some(argument.strip_prefix("--only=")?.to_owned()));
    for (class, text) in &classes {
        if only.as_ref().is_some_and(|only| only != class) {
            continue;
        }
        time(class, searcher, prompts, |i| Question { text: text(i), limit: 20, ..Question::default() });
    }
    let tag = |i: usize| Listing { tag: Some(format!("tag-{}", i % 30).parse().unwrap()), ..Listing::default() };
    let asked = |i| Question { text: "customer".to_owned(), limit: 20, listing: tag(i), ..Question::default() };
    time("60 % with a tag", searcher, prompts, asked);
    let asked = |_| Question { text: "customer".to_owned(), limit: 20, facets: true, ..Question::default() };
    time("60 % with facets", searcher, prompts, asked);
    let asked = |_| Question { text: "customer".to_owned(), limit: 20, all_versions: true, ..Question::default() };
    time("60 % of all versions", searcher, prompts, asked);
    time("nothing typed", searcher, prompts, |_| Question { limit: 20, ..Question::default() });
}

fn time(class: &str, searcher: &Searcher, prompts: &Prompts, question: impl Fn(usize) -> Question) {
    let (mut times, mut total, mut hits) = (Vec::new(), 0, 0);
    for i in 0..400 {
        let question = question(i);
        let began = Instant::now();
        let found = searcher.find(&question, |name| prompts.get(name)).unwrap();
        times.push(began.elapsed());
        (total, hits) = (total + found.total, hits + found.hits.len());
    }
    told(class, times);
    println!("{:>60} prompts, {} hits a question", total / 400, hits / 400);
}

/// One changed prompt at a time, 200 times.
fn commits(index: &mut Index, prompts: &mut Prompts) {
    let mut times = Vec::new();
    let names: Vec<PromptName> = prompts.keys().cloned().collect();
    let mut most = 0;
    for round in 1..=200 {
        let i = round * 97 % names.len();
        let mut changed = prompt(i, round);
        changed.name = names[i].clone();
        let began = Instant::now();
        let searcher = index.update([(&changed, print(round))], []).unwrap();
        times.push(began.elapsed());
        most = most.max(searcher.size().segments);
        prompts.insert(changed.name.clone(), changed);
    }
    told("one changed prompt", times);
    println!("{most:>60} segments at most");
}

fn told(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    println!("{what:24} p50 {:8.3} ms   p99 {:8.3} ms", at(50), at(99));
}
