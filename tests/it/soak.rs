//! Everything at once: random pushes, kills and restarts of the server, and clients that check every answer they get.
//!
//! A round of it is in the suite. `PROMPTREG_SOAK_SECONDS=1800` makes it long, and `PROMPTREG_SOAK_SEED` repeats one.

use crate::{
    harness::{Reply, Server, ask, binary},
    histories::{History, LABELS, NAMES, NUMBERS, pushes},
};
use promptreg::{
    app::{App, Current, Error, Query, Request, page},
    domain::{Listing, PromptName, PromptStatus, Selector},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How many pushes a registry gets in the suite, and in a long run before the next one begins with another seed.
const PUSHES: usize = 40;
const PUSHES_OF_MANY: usize = 300;
const CLIENTS: u64 = 3;
/// How long what was pushed may take to be served, on a machine that does much else.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn every_answer_is_one_of_an_approved_state_whatever_is_pushed_and_whenever_the_server_dies() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("PROMPTREG_SOAK_SEED");
    let mut seed = seed.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let Some(seconds) = number("PROMPTREG_SOAK_SECONDS") else { return soak(seed, PUSHES) };
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(seconds) {
        soak(seed, PUSHES_OF_MANY);
        seed += 1;
    }
}

/// Says which run failed where, whoever it was that panicked.
struct Place {
    seed: u64,
    step: AtomicUsize,
    answers: AtomicUsize,
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (step, answers) = (self.step.load(SeqCst), self.answers.load(SeqCst));
            let again = format!("PROMPTREG_SOAK_SEED={}", self.seed);
            let _ = writeln!(std::io::stderr(), "failed in step {step} after {answers} answers, with {again}");
        }
    }
}

fn dice(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn below(dice: &mut TestRunner, end: usize) -> usize {
    (0..end).new_tree(dice).unwrap().current()
}

/// The states that may be served: every pushed commit as a load from nothing gives it, in the order of the pushes.
#[derive(Default)]
struct Oracle(RwLock<Vec<Arc<Current>>>);

impl Oracle {
    /// Takes down what the tip of the author's repository serves; this comes before it is pushed.
    fn learn(&self, author: &Path) {
        let state = App::open(author).unwrap().current();
        self.0.write().unwrap().push(state);
    }

    fn of(&self, commit: &str) -> (usize, Arc<Current>) {
        let all = self.0.read().unwrap();
        let is = |state: &Arc<Current>| state.commit.is_some_and(|own| own.to_string() == commit);
        let found = all.iter().rposition(is);
        let place = found.unwrap_or_else(|| panic!("an answer is of {commit:?}, which nobody pushed to main"));
        (place, Arc::clone(&all[place]))
    }

    /// The states from one on.
    fn since(&self, first: usize) -> Vec<Arc<Current>> {
        self.0.read().unwrap()[first..].to_vec()
    }
}

/// What pusher and clients share.
struct Scene {
    place: Place,
    oracle: Oracle,
    /// Where the server is; counted up whenever it is about to be killed.
    address: RwLock<Option<String>>,
    kills: AtomicUsize,
    /// What was found.
    hits: AtomicUsize,
    is_over: AtomicBool,
}

fn soak(seed: u64, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene {
        place: Place { seed, step: AtomicUsize::new(0), answers: AtomicUsize::new(0) },
        oracle: Oracle::default(),
        address: RwLock::default(),
        kills: AtomicUsize::new(0),
        hits: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let scene = &scene;
            scope.spawn(move || {
                // Whoever fails ends it for all.
                let _over = Over(&scene.is_over);
                Client { scene, dice: dice(seed ^ ((client + 1) << 32)), seen: 0 }.run();
            });
        }
        let _over = Over(&scene.is_over);
        Pusher::new(&scene, folder.path()).run(count);
    });
    // Clients that were told nothing, or found nothing, would have checked nothing.
    let (answers, hits) = (scene.place.answers.load(SeqCst), scene.hits.load(SeqCst));
    assert!(answers > count && hits > 0, "{answers} answers, {hits} hits, with PROMPTREG_SOAK_SEED={seed}");
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Who pushes, and who kills.
struct Pusher<'a> {
    scene: &'a Scene,
    dice: TestRunner,
    history: History,
    folder: PathBuf,
    server: Option<Server>,
}

/// However it ends, the clients learn first that the server is gone.
impl Drop for Pusher<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}

impl<'a> Pusher<'a> {
    fn new(scene: &'a Scene, folder: &Path) -> Self {
        let author = folder.join("author.git");
        let history = History::new(&author);
        git(folder, &["clone", "--quiet", "--bare", "author.git", "served.git"]);
        scene.oracle.learn(&author);
        Self { scene, dice: dice(scene.place.seed), history, folder: folder.to_owned(), server: None }
    }

    fn run(mut self, count: usize) {
        self.start();
        for step in 0..count {
            self.scene.place.step.store(step, SeqCst);
            if self.scene.is_over.load(SeqCst) {
                // A client panicked, and its message is the one that counts.
                return;
            }
            self.step();
        }
        self.until_served();
        self.compare_with_a_load_from_nothing();
    }

    fn step(&mut self) {
        let push = pushes().new_tree(&mut self.dice).unwrap().current();
        self.history.push(&push);
        self.scene.oracle.learn(&self.folder.join("author.git"));
        match below(&mut self.dice, 16) {
            0 => {
                self.kill();
                self.push();
                self.start();
            }
            1 => {
                // In the middle of a push.
                let pushing = self.pushing(&["main"]);
                self.kill();
                finish(pushing);
                self.start();
            }
            2 => {
                // While it follows what was just pushed; and once more while it starts.
                self.push();
                self.kill();
                let mut child = self.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(below(&mut self.dice, 60) as u64));
                child.kill().unwrap();
                child.wait().unwrap();
                self.start();
            }
            3 => {
                self.push();
                git(&self.folder, &["-C", "served.git", "gc", "--quiet", "--prune=now"]);
            }
            4 => self.rewrite(),
            5..9 => {
                self.push();
                self.until_served();
            }
            _ => self.push(),
        }
    }

    fn pushing(&self, what: &[&str]) -> std::process::Child {
        let mut command = plain_git(&self.folder);
        command.args(["-C", "author.git", "push", "--quiet", "../served.git"]).args(what);
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    fn push(&self) {
        finish(self.pushing(&["main"]));
    }

    /// The branch becomes another one for a while, which must never be served.
    fn rewrite(&self) {
        self.push();
        let main = plain_git(&self.folder).args(["-C", "author.git", "rev-parse", "main^{tree}"]).output().unwrap();
        let tree = String::from_utf8(main.stdout).unwrap();
        let made = plain_git(&self.folder)
            .args(["-C", "author.git", "-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", "-m", "other"])
            .arg(tree.trim())
            .output()
            .unwrap();
        let other = String::from_utf8(made.stdout).unwrap();
        finish(self.pushing(&["--force", &format!("{}:refs/heads/main", other.trim())]));
        if let Some(server) = &self.server {
            server.until("/readyz", |reply| reply.json()["trouble"]["commit"] == other.trim());
        }
        finish(self.pushing(&["--force", "main"]));
    }

    fn command(&self) -> Command {
        let mut command = binary(&self.folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--registry", "served.git", "--data", "data"]);
        command
    }

    fn start(&mut self) {
        let server = Server::run(&mut self.command());
        *self.scene.address.write().unwrap() = Some(server.address.clone());
        self.server = Some(server);
    }

    fn kill(&mut self) {
        self.scene.kills.fetch_add(1, SeqCst);
        *self.scene.address.write().unwrap() = None;
        // This is SIGKILL.
        self.server = None;
    }

    fn until_served(&self) {
        let tip = self.history.tip().to_string();
        let server = self.server.as_ref().unwrap();
        let since = Instant::now();
        loop {
            let ready = server.get("/readyz").json();
            if ready["commit"] == tip {
                return;
            }
            assert!(since.elapsed() < DEADLINE, "{tip} is not served: {ready}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A server without a past says the same.
    fn compare_with_a_load_from_nothing(&self) {
        let anew = Server::start(&self.folder, &self.folder.join("served.git"), &[]);
        let followed = self.server.as_ref().unwrap();
        // The names are words of their prompts; and what is looked for by no word is all that there is.
        let found = NAMES.map(|name| format!("/v1/search?q={name}")).into_iter().chain(["/v1/search".to_owned()]);
        let found: Vec<String> = found.collect();
        for server in [followed, &anew] {
            server.until(&found[0], |reply| reply.status == 200);
        }
        for path in all_paths().into_iter().chain(found) {
            let (one, other) = (followed.get(&path), anew.get(&path));
            assert_eq!(comparable(&path, &one), comparable(&path, &other), "{path}");
        }
    }
}

/// Every path that has an answer.
fn all_paths() -> Vec<String> {
    let lists =
        ["/v1/prompts?limit=500", "/v1/prompts?status=archived", "/v1/collections", "/v1/tags", "/v1/workflows"];
    let mut paths: Vec<String> = lists.map(ToOwned::to_owned).into();
    paths.push("/v1/status".to_owned());
    for name in NAMES.into_iter().chain(["old-name"]) {
        paths.extend([format!("/v1/prompts/{name}"), format!("/v1/prompts/{name}/versions")]);
        paths.extend(LABELS.map(|label| format!("/v1/prompts/{name}?label={label}")));
        paths.extend(NUMBERS.map(|number| format!("/v1/prompts/{name}/versions/{number}")));
    }
    paths
}

/// Status, tag, commit and body, without what the clock says.
fn comparable(path: &str, reply: &Reply) -> (u16, String, String, Value) {
    let mut body = reply.json();
    if path == "/v1/status" {
        let body = body.as_object_mut().unwrap();
        body.retain(|key, _| !["looked_at", "age_seconds", "database"].contains(&key.as_str()));
        return (reply.status, String::new(), reply.header("promptreg-commit").to_owned(), json!(body));
    }
    if path.starts_with("/v1/search") {
        // How well something fits depends on what else the index held before; what fits does not.
        let mut found: Vec<String> = reply.each("name").iter().map(ToString::to_string).collect();
        found.sort();
        let body = json!([body["total"], found]);
        return (reply.status, String::new(), reply.header("promptreg-commit").to_owned(), body);
    }
    (reply.status, reply.header("etag").to_owned(), reply.header("promptreg-commit").to_owned(), body)
}

/// Asks all the time and checks what it is told.
struct Client<'a> {
    scene: &'a Scene,
    dice: TestRunner,
    /// The newest state that it was told of: no answer may be of an older one.
    seen: usize,
}

impl Client<'_> {
    fn run(mut self) {
        while !self.scene.is_over.load(SeqCst) {
            let kills = self.scene.kills.load(SeqCst);
            let address = self.scene.address.read().unwrap().clone();
            let Some(address) = address else {
                std::thread::yield_now();
                continue;
            };
            self.ask(&address, kills);
        }
    }

    fn ask(&mut self, address: &str, kills: usize) {
        let name = NAMES[below(&mut self.dice, NAMES.len())];
        let label = LABELS[below(&mut self.dice, LABELS.len())];
        let number = NUMBERS[below(&mut self.dice, NUMBERS.len())];
        match below(&mut self.dice, 6) {
            0 => self.fetch(address, kills, &format!("/v1/prompts/{name}"), name),
            1 => self.fetch(address, kills, &format!("/v1/prompts/{name}?label={label}"), &format!("{name}:{label}")),
            2 => self.fetch(
                address,
                kills,
                &format!("/v1/prompts/{name}/versions/{number}"),
                &format!("{name}@{number}"),
            ),
            3 => self.list(address, kills, name),
            4 => self.render(address, kills, name),
            _ => self.search(address, kills, name),
        }
    }

    /// One answer; none where the server was killed meanwhile.
    fn reply(&self, address: &str, kills: usize, path: &str, body: Option<&Value>) -> Option<Reply> {
        let reply = match body {
            None => ask(address, "GET", path, &[], ""),
            Some(body) => ask(address, "POST", path, &[("content-type", "application/json")], &body.to_string()),
        };
        match reply {
            Ok(reply) => {
                self.scene.place.answers.fetch_add(1, SeqCst);
                Some(reply)
            }
            Err(_) if self.scene.kills.load(SeqCst) != kills => None,
            Err(error) => panic!("{path}: {error}"),
        }
    }

    /// The state that an answer was read from.
    fn state(&mut self, path: &str, reply: &Reply) -> Arc<Current> {
        let (place, state) = self.scene.oracle.of(reply.header("promptreg-commit"));
        assert!(place >= self.seen, "{path} goes back from state {} to {place}", self.seen);
        self.seen = place;
        state
    }

    fn fetch(&mut self, address: &str, kills: usize, path: &str, selector: &str) {
        let Some(reply) = self.reply(address, kills, path, None) else { return };
        let query = Query::from(selector.parse::<Selector>().unwrap());
        if reply.status != 200 {
            return self.refusal(path, &reply, |state| state.fetch(&query).err());
        }
        let state = self.state(path, &reply);
        let expected = state.fetch(&query).unwrap_or_else(|error| panic!("{path} is answered, and is: {error}"));
        assert_eq!(reply.body.as_bytes(), &expected.body()[..], "{path}");
        assert_eq!(reply.header("etag").as_bytes(), &expected.etag()[..], "{path}");
    }

    fn list(&mut self, address: &str, kills: usize, name: &str) {
        let parsed: PromptName = name.parse().unwrap();
        let path = if below(&mut self.dice, 2) == 0 {
            "/v1/prompts?limit=500".to_owned()
        } else {
            format!("/v1/prompts/{name}/versions")
        };
        let Some(reply) = self.reply(address, kills, &path, None) else { return };
        if reply.status != 200 {
            return self.refusal(&path, &reply, |state| state.versions(&parsed).err());
        }
        let state = self.state(&path, &reply);
        let expected = if path.ends_with("versions") {
            json!({"items": state.versions(&parsed).unwrap()})
        } else {
            let listing = Listing { status: Some(PromptStatus::Active), ..Listing::default() };
            json!(page(state.prompts(&listing, None), |item| item.name(), None, 500))
        };
        assert_eq!(reply.json()["items"], expected["items"], "{path}");
    }

    fn render(&mut self, address: &str, kills: usize, name: &str) {
        let path = format!("/v1/prompts/{name}/render");
        let Some(reply) = self.reply(address, kills, &path, Some(&json!({"input": {}}))) else { return };
        let query = Query::from(name.parse::<Selector>().unwrap());
        if reply.status != 200 {
            return self.refusal(&path, &reply, |state| state.render(&query, Request::default()).err());
        }
        let state = self.state(&path, &reply);
        assert_eq!(reply.json(), json!(state.render(&query, Request::default()).unwrap()), "{path}");
    }

    /// Whatever is found is there, in the state that it was found in.
    fn search(&mut self, address: &str, kills: usize, name: &str) {
        let path = format!("/v1/search?q={name}");
        let Some(reply) = self.reply(address, kills, &path, None) else { return };
        if reply.status == 503 && reply.header("retry-after") == "1" {
            // The server has just started, and still makes its index.
            return;
        }
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        let state = self.state(&path, &reply);
        for found in reply.each("name") {
            self.scene.hits.fetch_add(1, SeqCst);
            let found: PromptName = found.as_str().unwrap().parse().unwrap();
            assert!(state.registry.listed().any(|folder| folder.name == found), "{path} finds {found}: {reply:?}");
        }
    }

    /// A refusal names no state: one of those since what was seen last must refuse with the same words.
    fn refusal(&self, path: &str, reply: &Reply, why: impl Fn(&Current) -> Option<Error>) {
        let detail = reply.json()["detail"].as_str().unwrap_or_default().to_owned();
        let states = self.scene.oracle.since(self.seen);
        let said: Vec<String> = states.iter().filter_map(|state| why(state)).map(|error| error.to_string()).collect();
        assert!(said.contains(&detail), "{path} is refused with {detail:?}, and would be with {said:?}: {reply:?}");
        assert!((300..500).contains(&reply.status), "{path}: {reply:?}");
    }
}

/// `git` with none of this machine's settings.
fn plain_git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")]);
    command.stdin(Stdio::null());
    command
}

fn git(folder: &Path, args: &[&str]) {
    assert!(plain_git(folder).args(args).status().unwrap().success(), "git {args:?}");
}

fn finish(mut child: std::process::Child) {
    assert!(child.wait().unwrap().success());
}
