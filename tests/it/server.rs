//! A real server on a real repository, asked by a real client.

use crate::repository::Fixture;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A registry with two versions of one prompt, and whatever a test adds.
pub(crate) fn registry() -> Fixture {
    let fixture = Fixture::new();
    fixture.write(
        "registry.toml",
        "[registry]\nname = \"acme\"\nid = \"6f0c0f8e-3c3f-4c58-9d8c-0f6a5b0c0001\"\ndefault_branch = \"main\"\n",
    );
    fixture.write("users/ana.yaml", "email: ana@example.org\n");
    fixture.write("users/cleo.yaml", "email: cleo@example.org\n");
    fixture.write("prompts/support/greet/prompt.yaml", PROMPT);
    fixture.write("prompts/support/greet/1.0.0.yaml", version("Hello {{name}}."));
    fixture.commit("one");
    fixture.write("prompts/support/greet/1.1.0.yaml", version("Good day, {{name}}."));
    fixture.commit("two");
    fixture
}

/// The first `prompt.yaml` of [`registry`].
pub(crate) const PROMPT: &str =
    "description: Greets.\nowner: ana\ntags: [polite]\nlabels: {production: 1.0.0, staging: 1.1.0}\naliases: [hello]\n";

/// A version with one variable, `name`.
pub(crate) fn version(text: &str) -> String {
    format!(
        "content: \"{text}\"\ninput_schema:\n  type: object\n  required: [name]\n  properties:\n    name: {{type: string}}\n"
    )
}

/// A server that is gone when the test ends.
pub(crate) struct Server {
    child: Child,
    address: String,
    agent: ureq::Agent,
}

/// What a server answered.
pub(crate) struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    pub(crate) fn start(fixture: &Fixture, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_promptreg"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags)
            .current_dir(fixture.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        Self { child, address, agent: config.build().new_agent() }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        let request = self.agent.post(format!("{}{path}", self.address)).header("content-type", "application/json");
        read(request.send(body).unwrap())
    }

    /// Asks the status until it fits; what does not come within ten seconds does not come.
    pub(crate) fn until(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let status = self.get("/v1/status").json();
            if fits(&status) {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{status:#}");
            std::thread::yield_now();
        }
    }

    /// Waits until what the fixture has at its head is looked at.
    pub(crate) fn follow(&self, fixture: &Fixture) -> Value {
        let head = fixture.head().to_string();
        self.until(|status| status["commit"] == head.as_str() || status["trouble"]["commit"] == head.as_str())
    }

    /// Asks the server to stop, and answers its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Reply {
    let body = response.body_mut().read_to_string().unwrap();
    Reply { status: response.status().as_u16(), headers: response.headers().clone(), body }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
