//! Pushes over `ssh`, to Debian's openssh-server.

use super::{draft, git, guarded, told};
use crate::{harness::binary, walkthrough::Team};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

const SSHD: &str = "/usr/sbin/sshd";

/// An SSH server for the team's remote, with a host key and one authorized key of its own.
struct Ssh {
    port: u16,
    /// What `ssh` is called with.
    command: String,
    is_over: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Ssh {
    fn serve(team: &Team) -> Self {
        assert!(Path::new(SSHD).exists(), "{SSHD} is missing: `apt-get install openssh-server`, as tests/run does");
        if whoami("-u") == "0" {
            // Where sshd lets go of being root before anybody has proven who they are.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        for key in ["host", "door"] {
            let mut made = Command::new("ssh-keygen");
            made.args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"]).arg(team.at(key));
            assert!(made.status().unwrap().success());
        }
        let at = |name: &str| team.at(name).canonicalize().unwrap().display().to_string();
        let settings = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nPidFile none\n",
            at("host"),
            at("door.pub")
        );
        fs::write(team.at("sshd_config"), settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = fs::read_to_string(team.at("host.pub")).unwrap();
        fs::write(team.at("known_hosts"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        let command = format!(
            "ssh -F /dev/null -p {port} -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o \
             UserKnownHostsFile={}",
            at("door"),
            at("known_hosts")
        );
        let (is_over, settings) = (Arc::new(AtomicBool::new(false)), team.at("sshd_config"));
        let ends = Arc::clone(&is_over);
        let server = thread::spawn(move || {
            for guest in listener.incoming().take_while(|_| !ends.load(Ordering::SeqCst)) {
                let guest: OwnedFd = guest.unwrap().into();
                let mut sshd = Command::new(SSHD);
                sshd.args(["-i", "-e", "-f"]).arg(&settings).stdin(guest.try_clone().unwrap()).stdout(guest);
                let mut sshd = sshd.stderr(Stdio::null()).spawn().unwrap();
                thread::spawn(move || sshd.wait());
            }
        });
        Self { port, command, is_over, server: Some(server) }
    }

    fn url(&self, team: &Team) -> String {
        let remote = team.at("remote.git").canonicalize().unwrap();
        format!("ssh://{}@127.0.0.1:{}{}", whoami("-un"), self.port, remote.display())
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.server.take().map(JoinHandle::join);
    }
}

fn whoami(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn over_ssh_a_draft_is_refused_explained_approved_and_merged() {
    let mut team = guarded();
    let ssh = Ssh::serve(&team);
    for who in ["ana", "cleo"] {
        team.git(&format!("{who}-clone"), &["remote", "set-url", "origin", &ssh.url(&team)]);
    }
    draft(&mut team);
    let push = |refs: &[&str]| {
        told(
            &git(&team, "ana")
                .env("GIT_SSH_COMMAND", &ssh.command)
                .args(["push", "-q", "origin"])
                .args(refs)
                .output()
                .unwrap(),
        )
    };
    let (landed, said) = push(&["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    assert!(!landed);
    let runs = |who: &str, args: &str| {
        let mut verb = binary(&team.at(&format!("{who}-clone")));
        let output = verb.env("GIT_SSH_COMMAND", &ssh.command).args(args.split(' ')).output().unwrap();
        assert!(output.status.success(), "{who} {args}: {output:?}");
    };
    runs("ana", "submit");
    let (landed, said) = push(&["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        it waits: `promptreg approve kinder`, then `promptreg merge kinder`
    ");
    assert!(!landed);
    runs("cleo", "approve kinder");
    runs("cleo", "merge kinder");
    runs("cleo", "promote triage 1.1.0");
    assert_eq!(team.git("remote.git", &["log", "--format=%s", "-1", "main"]), "triage: production is 1.1.0");
}
