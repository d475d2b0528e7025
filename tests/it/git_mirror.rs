//! Mirrors of remotes, as they are fetched, refused, interrupted and lost.

use crate::repository::{Fixture, program};
use insta::assert_snapshot;
use promptreg::git::{Access, ChangeRefs, CommitId, Error, Mirror, Program, Protocol, Protocols, Remote};
use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

fn url(fixture: &Fixture) -> String {
    format!("file://{}", fixture.path().display())
}

fn access() -> Access {
    Access { protocols: Protocols { git: true, file: true }, ..Access::default() }
}

/// A folder for a mirror, and its place in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("mirror.git");
    (folder, dir)
}

fn tip(mirror: &Mirror, branch: &str) -> Option<CommitId> {
    mirror.repository().unwrap().tip(branch).unwrap()
}

#[test]
fn an_address_is_told_from_a_path_and_a_hostile_one_is_refused() {
    let mut told = String::new();
    for text in [
        "https://github.com/acme/prompts.git",
        "HTTPS://ana@example.org:8443/p",
        "ssh://git@example.org:2222/~ana/p",
        "git@github.com:acme/prompts.git",
        "example.org:p",
        "git://example.org/p",
        "file:///srv/p",
        "/srv/p",
        "./p",
        "p/a:b",
        "prompts",
        "./-p",
        "http://example.org/p",
        "ftp://example.org/p",
        "ext::sh -c id",
        "fd::7",
        "--upload-pack=id",
        "-oProxyCommand=id",
        "ssh://-oProxyCommand=id/p",
        "-oProxyCommand=id:p",
        "ssh://git@-oProxyCommand=id/p",
        "git@-oProxyCommand=id:p",
        "example.org:--upload-pack=id",
        "git://-x/p",
        "https://example.org/a\nb",
        "https://ana:s3cret@example.org/p",
        "ssh://ana:s3cret@example.org/p",
        "ana:s3cret@example.org:p",
        "https://example.org",
        "https://example.org/p?token=s3cret",
        "https:///p",
        "https://exa mple.org/p",
        "file://elsewhere/p",
        "",
    ] {
        let line = match Remote::parse(text) {
            Ok(Some(remote)) => format!("{:?} {remote}", remote.protocol()),
            Ok(None) => "a path".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(!line.contains("s3cret"), "{line}");
        told += &format!("{text:?}: {line}\n");
    }
    assert_snapshot!(told, @r#"
    "https://github.com/acme/prompts.git": Https https://github.com/acme/prompts.git
    "HTTPS://ana@example.org:8443/p": Https HTTPS://***@example.org:8443/p
    "ssh://git@example.org:2222/~ana/p": Ssh ssh://***@example.org:2222/~ana/p
    "git@github.com:acme/prompts.git": Ssh git@github.com:acme/prompts.git
    "example.org:p": Ssh example.org:p
    "git://example.org/p": Git git://example.org/p
    "file:///srv/p": File file:///srv/p
    "/srv/p": a path
    "./p": a path
    "p/a:b": a path
    "prompts": a path
    "./-p": a path
    "http://example.org/p": "http://example.org/p" cannot be followed: http is not encrypted: write https://
    "ftp://example.org/p": "ftp://example.org/p" cannot be followed: only https, ssh, git and file are understood
    "ext::sh -c id": "ext::sh -c id" cannot be followed: it names a program to run: write https:// or ssh://
    "fd::7": "fd::7" cannot be followed: it names a program to run: write https:// or ssh://
    "--upload-pack=id": "--upload-pack=id" cannot be followed: it begins with -, as an option does; write ./ before a path
    "-oProxyCommand=id": "-oProxyCommand=id" cannot be followed: it begins with -, as an option does; write ./ before a path
    "ssh://-oProxyCommand=id/p": "ssh://-oProxyCommand=id/p" cannot be followed: its host is no name of a host
    "-oProxyCommand=id:p": "-oProxyCommand=id:p" cannot be followed: it begins with -, as an option does; write ./ before a path
    "ssh://git@-oProxyCommand=id/p": "ssh://***@-oProxyCommand=id/p" cannot be followed: its host is no name of a host
    "git@-oProxyCommand=id:p": "git@-oProxyCommand=id:p" cannot be followed: its host is no name of a host
    "example.org:--upload-pack=id": "example.org:--upload-pack=id" cannot be followed: it has no path after the host
    "git://-x/p": "git://-x/p" cannot be followed: its host is no name of a host
    "https://example.org/a\nb": "https://example.org/ab" cannot be followed: it has a control character in it
    "https://ana:s3cret@example.org/p": "https://***@example.org/p" cannot be followed: a password in an address ends up in logs: leave it out, and give it by an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable
    "ssh://ana:s3cret@example.org/p": "ssh://***@example.org/p" cannot be followed: a password in an address ends up in logs: leave it out, and give it by an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable
    "ana:s3cret@example.org:p": "***@example.org:p" cannot be followed: a password in an address ends up in logs: leave it out, and give it by an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable
    "https://example.org": "https://example.org" cannot be followed: it has no path after the host
    "https://example.org/p?token=s3cret": "https://example.org/p" cannot be followed: it has a ? or # in it, which no repository needs
    "https:///p": "https:///p" cannot be followed: its host is no name of a host
    "https://exa mple.org/p": "https://exa mple.org/p" cannot be followed: its host is no name of a host
    "file://elsewhere/p": "file://elsewhere/p" cannot be followed: file:// is followed by a path on this machine
    "": "" cannot be followed: it is empty or has more than 2,048 bytes
    "#);
    assert_eq!(Remote::parse("git@github.com:acme/p").unwrap().unwrap().protocol(), Protocol::Ssh);
}

#[test]
fn an_address_tells_which_repository_of_a_forge_it_is() {
    for (address, name, may_be) in [
        ("https://github.com/acme/prompts.git", "Acme/prompts", true),
        ("https://forge.example/git/acme/prompts/", "acme/prompts", true),
        ("git@github.com:acme/prompts.git", "acme/prompts", true),
        ("https://github.com/acme/prompts.git", "acme/other", false),
        ("https://github.com/acme/prompts.git", "me/prompts", false),
        ("https://github.com/acme/prompts.git", "", false),
        ("file:///srv/git/7.git", "acme/prompts", true),
    ] {
        assert_eq!(Remote::parse(address).unwrap().unwrap().may_be(name), may_be, "{address} {name}");
    }
}

#[test]
fn a_mirror_follows_branches_tags_and_head_and_nothing_else() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    fixture.git(&["tag", "v1"]);
    fixture.git(&["branch", "draft"]);
    fixture.git(&["update-ref", "refs/pull/1/head", "HEAD"]);
    let (_folder, dir) = place();
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    assert_eq!(tip(&mirror, "main"), None);
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(mirror.fetch(), Ok(false));
    assert_eq!((tip(&mirror, "main"), tip(&mirror, "draft")), (Some(one), Some(one)));
    let repository = mirror.repository().unwrap();
    assert_eq!(repository.head_branch().unwrap().as_deref(), Some("main"));
    assert_eq!(repository.resolve("v1"), Ok(one));
    assert!(!dir.join("refs/pull").exists());

    // History is rewritten, a tag moves, a branch makes way for one below it, and another becomes the first.
    fixture.git(&["commit", "--quiet", "--amend", "--allow-empty", "--message=other"]);
    let other = fixture.head();
    fixture.git(&["tag", "--force", "v1"]);
    fixture.git(&["branch", "--quiet", "--delete", "--force", "draft"]);
    fixture.git(&["branch", "draft/greet"]);
    fixture.git(&["checkout", "--quiet", "-b", "trunk"]);
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(
        (tip(&mirror, "main"), tip(&mirror, "draft"), tip(&mirror, "draft/greet")),
        (Some(other), None, Some(other))
    );
    assert_eq!(repository.resolve("v1"), Ok(other));
    assert_eq!(repository.head_branch().unwrap().as_deref(), Some("trunk"));
    // What was there before can still be read.
    assert_eq!(repository.history(one, None).unwrap().len(), 1);
}

#[test]
fn an_empty_remote_is_mirrored_until_it_has_something() {
    let fixture = Fixture::new();
    let (_folder, dir) = place();
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    assert_eq!(mirror.fetch(), Ok(false));
    let one = fixture.commit("one");
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(tip(&mirror, "main"), Some(one));
}

#[test]
fn what_is_not_allowed_or_not_this_ones_mirror_is_refused() {
    let fixture = Fixture::new();
    fixture.commit("one");
    let (_folder, dir) = place();
    let plain = |url: &str| Mirror::open(&dir, url, Access::default()).unwrap_err().to_string();
    let hidden =
        |text: String| text.replace(fixture.path().to_str().unwrap(), "REMOTE").replace(dir.to_str().unwrap(), "DIR");
    let mut told =
        format!("{}\n{}\n{}\n", hidden(plain(&url(&fixture))), plain("git://example.org/p"), plain("/srv/p"));
    assert!(!dir.exists());
    Mirror::open(&dir, &url(&fixture), access()).unwrap();
    told += &format!("{}\n", hidden(plain("https://ana@example.org/p")));
    fs::remove_dir_all(&dir).unwrap();
    fs::create_dir(&dir).unwrap();
    told += &format!("{}\n", hidden(plain("https://example.org/p")));
    fixture.git(&["init", "--quiet", "--bare", dir.to_str().unwrap()]);
    told += &format!("{}\n", hidden(plain("https://example.org/p")));
    fs::write(dir.join("HEAD"), "").unwrap();
    told += &format!("{}\n", hidden(plain("https://example.org/p")));
    assert_snapshot!(told, @r#"
    "file://REMOTE" cannot be followed: file:// has to be allowed: `--allow-protocol file`, or `allow_protocols = ["file"]` in promptreg.toml; a path needs neither
    "git://example.org/p" cannot be followed: git:// is not protected, and has to be allowed: `--allow-protocol git`, or `allow_protocols = ["git"]` in promptreg.toml
    "/srv/p" cannot be followed: it is the path of a repository, which needs no mirror
    DIR is the mirror of file://REMOTE, not of https://***@example.org/p: name another data folder, or delete it, and it is fetched again
    DIR is no mirror that can be used (it is no repository): name another data folder, or delete this one if nothing else is in it, and it is fetched again
    DIR is no mirror that can be used (it is a repository that was not made as a mirror): name another data folder, or delete this one if nothing else is in it, and it is fetched again
    DIR is no mirror that can be used (it is a repository that was not made as a mirror): name another data folder, or delete this one if nothing else is in it, and it is fetched again
    "#);
}

#[test]
fn a_remote_that_is_gone_or_broken_leaves_the_mirror_as_it_was() {
    let fixture = Fixture::new();
    fixture.write("prompts/a.yaml", "x");
    let one = fixture.commit("one");
    let (_folder, dir) = place();
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    mirror.fetch().unwrap();

    let file = fixture.object("blob", b"x");
    let twice = fixture.tree(&[("100644", b"a", &file), ("100644", b"a", &file)]);
    let bad = fixture.commit_tree(&twice);
    fixture.git(&["update-ref", "refs/heads/bad", &bad.to_string()]);
    let said = mirror.fetch().unwrap_err().to_string();
    assert!(said.contains("duplicateEntries"), "{said}");
    assert_eq!((tip(&mirror, "main"), tip(&mirror, "bad")), (Some(one), None));

    fixture.git(&["update-ref", "-d", "refs/heads/bad"]);
    assert_eq!(mirror.fetch(), Ok(false));
    fs::rename(fixture.path().join(".git"), fixture.path().join("gone")).unwrap();
    let said = mirror.fetch().unwrap_err().to_string().replace(fixture.path().to_str().unwrap(), "REMOTE");
    assert_snapshot!(said, @"file://REMOTE cannot be fetched ('REMOTE' does not appear to be a git repository): look whether it is in reach, and whether this machine has credentials for it (an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable)");
    assert_eq!(mirror.repository().unwrap().tree(one).unwrap().entries.len(), 1);
    fs::write(dir.join("HEAD"), "").unwrap();
    assert!(matches!(mirror.fetch(), Err(Error::Mirror { .. })));
}

#[test]
fn what_a_killed_fetch_leaves_behind_is_no_hindrance() {
    let fixture = Fixture::new();
    fixture.commit("one");
    let (folder, dir) = place();
    // Killed while the mirror was made.
    fs::create_dir_all(folder.path().join("mirror.git.new/refs")).unwrap();
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    mirror.fetch().unwrap();
    let two = fixture.commit("two");
    let left = [
        "refs/heads/main.lock",
        "packed-refs.lock",
        "HEAD.lock",
        "objects/pack/tmp_pack_x",
        "objects/tmp_objdir-incoming-x",
    ];
    for name in left {
        fs::write(dir.join(name), "").unwrap();
    }
    // They may be in use; the mirror can be read all the same.
    let said = mirror.fetch().unwrap_err().to_string();
    assert!(said.contains("main.lock"), "{said}");
    assert!(left.iter().all(|name| dir.join(name).exists()));
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    for name in left {
        fs::File::options().append(true).open(dir.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(tip(&mirror, "main"), Some(two));
    assert!(left.iter().all(|name| !dir.join(name).exists()));
}

#[test]
fn a_fetch_that_takes_too_long_is_ended_and_two_at_once_are_one() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    let (folder, dir) = place();
    Mirror::open(&dir, &url(&fixture), access()).unwrap();
    let slow = folder.path().join("git");
    program(&slow, "sleep 600 & sleep 600");
    let program = Program { path: slow, time_limit: Duration::from_millis(200), ..Program::default() };
    let late = Mirror::open(&dir, &url(&fixture), Access { program, ..access() }).unwrap();
    assert!(matches!(late.fetch(), Err(Error::TimedOut { .. })));
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    let other = fs::File::create(dir.join("fetching")).unwrap();
    other.lock().unwrap();
    assert!(matches!(mirror.fetch(), Err(Error::Busy { .. })));
    other.unlock().unwrap();
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(tip(&mirror, "main"), Some(one));
}

/// What a `git` program was called with when a mirror was fetched: its arguments and environment.
fn told_to_git(url: &str, token: Option<&str>, folder: &Path) -> (String, String, String) {
    let dir = folder.join("mirror.git");
    let access = |program| Access { program, token: token.map(str::to_owned), ..access() };
    Mirror::open(&dir, url, access(Program::default())).unwrap();
    let path = folder.join("git");
    let out = folder.join("told").display().to_string();
    program(
        &path,
        &format!(
            "case \"$*\" in *\" fetch \"*) echo \"$*\" > {out}.args; env > {out}.env; echo \"fatal: no $PROMPTREG_GIT_TOKEN at https://a:b@h/\" >&2; exit 128;; *) exit 1;; esac"
        ),
    );
    let failing = Program { path, ..Program::default() };
    let said = Mirror::open(&dir, url, access(failing)).unwrap().fetch().unwrap_err().to_string();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("told.args"), read("told.env"), said)
}

#[test]
fn a_token_reaches_git_by_its_environment_and_the_remotes_own_host_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (args, env, said) = told_to_git("https://example.org:8443/p.git", Some("t0ken'\"$x"), folder.path());
    assert!(!args.contains("t0ken"), "{args}");
    let lines: Vec<&str> = env.lines().filter(|line| line.contains("t0ken")).collect();
    assert_eq!(lines, ["PROMPTREG_GIT_TOKEN=t0ken'\"$x"]);
    let mut set: Vec<&str> =
        env.lines().filter(|line| line.starts_with("GIT_CONFIG_") || line.starts_with("GIT_A")).collect();
    set.retain(|line| !line.starts_with("GIT_CONFIG_GLOBAL") && !line.starts_with("GIT_ATTR"));
    set.sort_unstable();
    assert_snapshot!(set.join("\n"), @r#"
    GIT_ALLOW_PROTOCOL=https:ssh
    GIT_ASKPASS=
    GIT_CONFIG_COUNT=5
    GIT_CONFIG_KEY_0=transfer.bundleURI
    GIT_CONFIG_KEY_1=transfer.fsckObjects
    GIT_CONFIG_KEY_2=http.https://example.org:8443/p.git.followRedirects
    GIT_CONFIG_KEY_3=credential.helper
    GIT_CONFIG_KEY_4=credential.https://example.org:8443.helper
    GIT_CONFIG_VALUE_0=false
    GIT_CONFIG_VALUE_1=true
    GIT_CONFIG_VALUE_2=false
    GIT_CONFIG_VALUE_3=
    GIT_CONFIG_VALUE_4=!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' 'x-access-token' "$PROMPTREG_GIT_TOKEN"; }; f
    "#);
    assert_snapshot!(said, @"https://example.org:8443/p.git cannot be fetched (no *** at https://***@h/): look whether it is in reach, and whether this machine has credentials for it (an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable)");
    for file in walkdir::WalkDir::new(folder.path().join("mirror.git")) {
        let file = file.unwrap();
        let bytes = if file.file_type().is_file() { fs::read(file.path()).unwrap() } else { Vec::new() };
        assert!(!String::from_utf8_lossy(&bytes).contains("t0ken"), "{}", file.path().display());
    }
    // Git itself, asked for the credentials of the host and of another.
    let settings: Vec<(&str, &str)> = env
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| {
            key.starts_with("GIT_CONFIG_")
                || *key == "PROMPTREG_GIT_TOKEN"
                || *key == "GIT_TERMINAL_PROMPT"
                || *key == "PATH"
                || *key == "GIT_ASKPASS"
        })
        .collect();
    let ask = |host: &str| {
        let mut command = std::process::Command::new("git");
        command.args(["credential", "fill"]).env_clear().envs(settings.clone()).stderr(std::process::Stdio::null());
        let mut child =
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(
            &mut child.stdin.take().unwrap(),
            format!("protocol=https\nhost={host}\n\n").as_bytes(),
        )
        .unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    assert_snapshot!(ask("example.org:8443"), @r#"
    protocol=https
    host=example.org:8443
    username=x-access-token
    password=t0ken'"$x
    "#);
    assert_eq!(ask("other.example.org"), "");
}

#[test]
fn ssh_and_others_get_no_token_and_ask_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (args, env, _) = told_to_git("git@example.org:p.git", Some("t0ken"), folder.path());
    assert!(!env.contains("t0ken") && !args.contains("t0ken"));
    assert!(env.contains("\nGIT_ALLOW_PROTOCOL=https:ssh\n"), "{env}");
    assert!(
        std::env::var_os("GIT_SSH_COMMAND").is_some() || env.contains("GIT_SSH_COMMAND=ssh -oBatchMode=yes"),
        "{env}"
    );
    let shown = args.replace(folder.path().canonicalize().unwrap().to_str().unwrap(), "DIR");
    assert_snapshot!(shown.trim_end().split_once(" fetch ").unwrap().1, @"--quiet --force --no-tags --no-recurse-submodules --no-write-fetch-head --no-auto-maintenance --no-show-forced-updates --prune --atomic -- git@example.org:p.git +refs/heads/*:refs/heads/* +refs/tags/*:refs/tags/*");
}

#[test]
fn http_is_never_spoken_even_where_a_setting_rewrites_an_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let plain = format!("http://{}/p", listener.local_addr().unwrap());
    let (_folder, dir) = place();
    assert!(matches!(Mirror::open(&dir, &plain, access()), Err(Error::Url { .. })));
    let mirror = Mirror::open(&dir, "https://example.org/p", access()).unwrap();
    let config = fs::OpenOptions::new().append(true).open(dir.join("config"));
    let rewrite =
        format!("[url \"{plain}\"]\n\tinsteadOf = https://example.org/p\n[protocol \"http\"]\n\tallow = always\n");
    std::io::Write::write_all(&mut config.unwrap(), rewrite.as_bytes()).unwrap();
    let said = mirror.fetch().unwrap_err().to_string();
    assert!(said.contains("transport 'http' not allowed"), "{said}");
    assert!(listener.accept().is_err(), "somebody connected");
}

#[test]
fn the_git_protocol_is_followed_where_it_is_allowed() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    // A free port may be taken by another before the daemon has it, so it is asked until it answers.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = format!("--base-path={}", fixture.path().display());
    let mut daemon = std::process::Command::new("git")
        .args(["daemon", "--export-all", "--listen=127.0.0.1", "--reuseaddr", &format!("--port={port}"), &base])
        .stderr(std::process::Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let (_folder, dir) = place();
    let mirror = Mirror::open(&dir, &format!("git://127.0.0.1:{port}/.git"), access()).unwrap();
    let since = std::time::Instant::now();
    let fetched = loop {
        match mirror.fetch() {
            Err(Error::Fetch { .. }) if since.elapsed() < Duration::from_secs(20) => {}
            result => break result,
        }
    };
    let group = format!("kill -9 -{}", daemon.id());
    std::process::Command::new("sh").args(["-c", &group]).status().unwrap();
    daemon.wait().unwrap();
    assert_eq!(fetched, Ok(true));
    assert_eq!(tip(&mirror, "main"), Some(one));
    assert!(matches!(mirror.fetch(), Err(Error::Fetch { .. })));
}

#[test]
fn the_heads_of_a_forges_changes_come_when_they_are_asked_for_and_the_log_always() {
    let fixture = Fixture::new();
    let (_folder, dir) = place();
    let first = fixture.commit("first");
    let second = fixture.commit("second");
    for (name, commit) in [
        ("heads/promptreg/log", first),
        ("pull/7/head", second),
        ("pull/8/head", first),
        ("merge-requests/9/head", first),
    ] {
        fixture.git(&["update-ref", &format!("refs/{name}"), &commit.to_string()]);
    }
    let mirror = Mirror::open(&dir, &url(&fixture), access()).unwrap();
    assert_eq!(mirror.fetch(), Ok(true));
    assert_eq!(tip(&mirror, "promptreg/log"), Some(first));
    let head = |number| mirror.repository().unwrap().change_head(number).unwrap();
    assert_eq!(head(7), None);
    assert_eq!(mirror.fetch_change(ChangeRefs::Pull, 7), Ok(Some(second)));
    assert_eq!(mirror.fetch_change(ChangeRefs::Pull, 9), Ok(None));
    assert_eq!(mirror.fetch_change(ChangeRefs::MergeRequests, 9), Ok(Some(first)));
    assert_eq!(mirror.fetch(), Ok(false));
    assert_eq!((head(7), head(8), head(9)), (Some(second), None, Some(first)));
    assert_eq!(tip(&mirror, "main"), Some(second));
}
