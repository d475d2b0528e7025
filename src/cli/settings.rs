//! Settings: flags, then the environment, then `promptreg.toml`, then defaults.

use super::{error::Failure, running::RunsFile};
use crate::{
    app::{App, Clock, Opening, Source, forge::Forge},
    domain::{Digest, Secret, clean, position},
    files,
    git::{self, Access, CommitId, Program, Protocols, Remote},
    http::{CALLBACK, SignIn, forge::Secrets},
    identity::{self, Provider},
};
use clap::ValueEnum as _;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

/// Which registry a verb works in.
#[derive(Debug, clap::Args)]
pub(super) struct RegistryFlag {
    /// The registry's folder or repository; to serve and to read also the address of a remote [env: PROMPTREG_REGISTRY; default: what promptreg.toml says, else the
    /// registry that contains the current folder]
    #[arg(long, value_name = "PATH|URL", global = true)]
    registry: Option<PathBuf>,
}

impl RegistryFlag {
    /// The folder with the registry's files.
    pub(super) fn root(&self) -> Result<PathBuf, Failure> {
        Ok(files::find_root(&self.repository()?)?)
    }

    /// The repository: a folder in a work tree, or a bare repository.
    pub(super) fn repository(&self) -> Result<PathBuf, Failure> {
        match self.named()? {
            Some(path) => Ok(path),
            None => self.repository_or(&ServerFile::read(None)?),
        }
    }

    /// What is to be opened: a repository on this machine, or a remote.
    pub(super) fn opening(&self, file: &ServerFile, keeping: &Keeping, follows: bool) -> Result<Opening, Failure> {
        let named = self.registry.clone().or_else(|| variable("PROMPTREG_REGISTRY").map(PathBuf::from));
        let path = named.or_else(|| file.registry.clone()).unwrap_or_else(|| PathBuf::from("."));
        let source = match Remote::parse(&path.to_string_lossy())? {
            Some(remote) if !path.exists() => {
                Source::Remote { url: remote.url().to_owned(), access: access(file, keeping)? }
            }
            _ => Source::Local(path),
        };
        let data = keeping.data.clone().or_else(|| variable("PROMPTREG_DATA").map(PathBuf::from)).or(file.data.clone());
        let data = match (data, &source) {
            (Some(data), _) => Some(data),
            (None, Source::Local(path)) => data_beside(path, follows),
            (None, Source::Remote { url, .. }) => Some(data_of_remote(url)?),
        };
        let trust_root = keeping.trust.root(file)?;
        Ok(Opening { source, data, follows, upstream: false, trust_root, clock: Clock::default() })
    }

    /// Opens what is to be read, once.
    pub(super) fn open(&self, keeping: &Keeping) -> Result<App, Failure> {
        let opening = self.opening(&ServerFile::read(None)?, keeping, false)?;
        Ok(App::open_with(opening, &|_| ())?)
    }

    /// The same as the remote `origin` of a clone has it, where there is one: what is live is there, and a person's own branch may
    /// be behind.
    pub(super) fn open_upstream(&self, keeping: &Keeping) -> Result<App, Failure> {
        let opening = self.opening(&ServerFile::read(None)?, keeping, false)?;
        Ok(App::open_with(Opening { upstream: true, ..opening }, &|_| ())?)
    }

    /// The same where the server's own file was read already.
    pub(super) fn repository_or(&self, file: &ServerFile) -> Result<PathBuf, Failure> {
        let path = match self.named()? {
            Some(path) => path,
            None => file.registry.clone().unwrap_or_else(|| PathBuf::from(".")),
        };
        no_url(&path)?;
        Ok(path)
    }

    /// What the flag says, else the environment.
    fn named(&self) -> Result<Option<PathBuf>, Failure> {
        let path = self.registry.clone().or_else(|| variable("PROMPTREG_REGISTRY").map(PathBuf::from));
        path.as_deref().map(no_url).transpose()?;
        Ok(path)
    }
}

/// Where a repository on this machine keeps what makes the next start fast: among its own files, if it may. Who only
/// reads makes no folder.
pub(super) fn data_beside(path: &Path, follows: bool) -> Option<PathBuf> {
    let data = git::Repository::open(path).ok()?.git_dir().join("promptreg");
    if data.is_dir() {
        return Some(data);
    }
    let made = follows.then(|| fs::create_dir(&data))?.inspect_err(|error| {
        let path = data.display();
        tracing::warn!(
            %path,
            %error,
            "nothing can be kept beside the repository, so a branch that is rewritten while nothing serves it will be \
             followed unnoticed, and every start reads everything: name a folder with --data"
        );
    });
    made.ok().map(|()| data)
}

/// Where the mirror of a remote is kept where nobody says: in the home folder, by the remote's address.
fn data_of_remote(url: &str) -> Result<PathBuf, Failure> {
    let share = variable("XDG_DATA_HOME").map(PathBuf::from);
    let share = share.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/share")));
    let Some(share) = share else {
        return Err(Failure::Usage(
            "there is no home folder to keep the mirror in: name a folder with --data".to_owned(),
        ));
    };
    let name = crate::domain::nearest_name(url).unwrap_or_default();
    Ok(share.join("promptreg").join(format!("{name}-{}", &Digest::of(url.as_bytes()).hex()[..8])))
}

/// What a remote is fetched with.
fn access(file: &ServerFile, keeping: &Keeping) -> Result<Access, Failure> {
    let allowed = |name: Allowed| keeping.allow_protocol.contains(&name) || file.allow_protocols.contains(&name);
    let protocols = Protocols { git: allowed(Allowed::Git), file: allowed(Allowed::File) };
    let named = file.git_token_env.as_deref().unwrap_or("PROMPTREG_GIT_TOKEN");
    let token = variable(named).map(|token| token.into_string());
    let token = token.transpose().map_err(|_| Failure::Usage(format!("the token in {named} is not UTF-8")))?;
    if token.is_none() && file.git_token_env.is_some() {
        return Err(Failure::Usage(format!("promptreg.toml names {named} for Git's token, and it is not set")));
    }
    // A first fetch brings all of history.
    let program = Program { time_limit: FETCH_TIME, ..Program::default() };
    Ok(Access { program, protocols, token })
}

/// How long one fetch may take.
const FETCH_TIME: Duration = Duration::from_secs(600);

/// Where files are kept, and how a remote is fetched.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Keeping {
    /// The folder for the mirror of a remote, the search index, what makes the next start fast, and the embedded database:
    /// all but promptreg.db can be deleted [env: PROMPTREG_DATA; default: promptreg/ in the repository's .git, for a remote ~/.local/share/promptreg/…]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Fetch over this protocol too, besides https and ssh; a file:// address needs `file`
    #[arg(long, value_name = "PROTOCOL")]
    allow_protocol: Vec<Allowed>,
    #[command(flatten)]
    trust: TrustFlag,
}

/// Where trust begins.
#[derive(Debug, Default, clap::Args)]
pub(super) struct TrustFlag {
    /// A commit that you know: nothing counts of a default branch that has not been through it, by its first parents [env:
    /// PROMPTREG_TRUST_ROOT; default: what promptreg.toml says, else the branch's first commit is trusted]
    #[arg(long, value_name = "COMMIT")]
    trust_root: Option<String>,
}

impl TrustFlag {
    /// The commit that is trusted, where anybody names one.
    pub(super) fn root(&self, file: &ServerFile) -> Result<Option<CommitId>, Failure> {
        let said = || variable("PROMPTREG_TRUST_ROOT").map(|said| said.to_string_lossy().into_owned());
        let named = self.trust_root.clone().or_else(said).or_else(|| file.trust_root.clone());
        let read = |named: String| {
            let wrong = |_| format!("trust_root takes the 40 digits of a commit's id, not `{}`", clean(&named));
            named.trim().parse().map_err(|error| Failure::Usage(wrong(error)))
        };
        named.map(read).transpose()
    }
}

/// A protocol that is not allowed unless somebody says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Allowed {
    /// git://, which nothing protects
    Git,
    /// file://, a repository on this machine
    File,
}

/// The address that the flag names, else the environment, else the file. A port alone is one of this machine's own.
pub(super) fn listen(flag: Option<&str>, file: &ServerFile) -> Option<String> {
    let said = || variable("PROMPTREG_LISTEN").map(|said| said.to_string_lossy().into_owned());
    let address = flag.map(str::to_owned).or_else(said).or_else(|| file.listen.clone())?;
    Some(if address.parse::<u16>().is_ok() { format!("127.0.0.1:{address}") } else { address })
}

/// The server that the flag names, else the environment.
pub(super) fn server(flag: Option<&str>) -> Option<String> {
    let said = || variable("PROMPTREG_SERVER").map(|said| said.to_string_lossy().into_owned());
    flag.map(str::to_owned).or_else(said)
}

/// The server's own key: the flag's, else the environment's, else the file's.
pub(super) fn signing_key(flag: Option<&Path>, file: &ServerFile) -> Option<PathBuf> {
    let said = || variable("PROMPTREG_SIGNING_KEY").map(PathBuf::from);
    flag.map(Path::to_owned).or_else(said).or_else(|| file.signing_key.clone())
}

/// What forges sign their requests with: for each forge what the flags say, else the environment, else the file.
pub(super) fn forge_secrets(flags: &[String], file: &ServerFile) -> Result<Secrets, Failure> {
    let flags = flags.iter().map(|flag| {
        let (forge, path) =
            flag.split_once('=').and_then(|(word, path)| Some((Forge::named(word)?, path))).ok_or_else(|| {
                Failure::Usage(format!("--forge-secret {flag}: write github=FILE, gitlab=, gitea= or pagure=FILE"))
            })?;
        Ok((forge, Secret::File(path.to_owned())))
    });
    let flags = flags.collect::<Result<Vec<_>, Failure>>()?;
    let mut secrets = Secrets::default();
    for forge in Forge::ALL {
        let named = format!("PROMPTREG_FORGE_{}_SECRET", forge.as_str().to_uppercase());
        let mut places: Vec<Secret> =
            flags.iter().filter(|(of, _)| *of == forge).map(|(_, secret)| secret.clone()).collect();
        if places.is_empty() && variable(&named).is_some() {
            places.push(Secret::Env(named));
        } else if places.is_empty() {
            places = file.forge.get(&forge).map(|said| said.secrets.clone()).unwrap_or_default();
        }
        for place in places {
            secrets.add(forge, &secret(&place)?).map_err(Failure::Usage)?;
        }
    }
    Ok(secrets)
}

/// The most bytes of a file with a secret.
const SECRET_BYTES: u64 = 64 << 10;

/// A secret from where it is found; the line's end is no part of it.
pub(super) fn secret(place: &Secret) -> Result<String, Failure> {
    let text = match place {
        Secret::Env(name) => {
            let value = variable(name)
                .ok_or_else(|| Failure::Usage(format!("{name} is to hold a secret, and it is not set")))?;
            value.into_string().map_err(|_| Failure::Usage(format!("the secret in {name} is not UTF-8")))?
        }
        Secret::File(path) => {
            let failed = |source| Failure::Read { path: path.clone(), source };
            let mut text = String::new();
            fs::File::open(path).map_err(failed)?.take(SECRET_BYTES).read_to_string(&mut text).map_err(failed)?;
            text
        }
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}

/// The form of the log that the flag names, else the environment.
pub(super) fn log_format(flag: Option<LogFormat>) -> Result<Option<LogFormat>, Failure> {
    let Some(said) = variable("PROMPTREG_LOG_FORMAT").filter(|_| flag.is_none()) else { return Ok(flag) };
    let format = LogFormat::from_str(&said.to_string_lossy(), false);
    format.map(Some).map_err(|_| Failure::Usage(format!("PROMPTREG_LOG_FORMAT is {said:?}: write json or text")))
}

/// A variable of the environment; an empty one is unset, since CI and compose files cannot leave one out.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Refuses what is meant for `git clone`.
fn no_url(path: &Path) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    let is_remote =
        |text: &str| text.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
    if text.contains("://") || (is_remote(&text) && !path.exists()) {
        return Err(Failure::Usage(format!(
            "{text} is a URL, and this works on the files of a folder: `git clone` it, and name the clone's folder"
        )));
    }
    Ok(())
}

/// The server's own file, `promptreg.toml` in the current folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerFile {
    /// The registry's folder or repository; relative to the folder of this file.
    pub registry: Option<PathBuf>,
    /// The folder for what is kept; relative to the folder of this file.
    pub data: Option<PathBuf>,
    /// The commit that the default branch has to have been through.
    pub trust_root: Option<String>,
    /// The environment variable with the token for fetching over https.
    pub git_token_env: Option<String>,
    /// The protocols besides https and ssh that a remote may be fetched over.
    #[serde(default)]
    pub allow_protocols: Vec<Allowed>,
    /// Every how many seconds a remote is fetched.
    pub poll_seconds: Option<u64>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// Whether `?ref=` and `?at=` are answered.
    #[serde(default)]
    pub read_drafts: bool,
    /// Whether anyone may read on an address that others can reach.
    #[serde(default)]
    pub anonymous_read: bool,
    /// Whether anyone may have the repository looked at, on an address that others can reach.
    #[serde(default)]
    pub allow_sync: bool,
    /// From how many seconds on what is served is called stale at `/readyz`.
    pub max_age: Option<u64>,
    /// What forges sign their requests with: `[forge.github] secrets = [{env = "…"}, {file = "…"}]`.
    #[serde(default)]
    pub forge: BTreeMap<Forge, ForgeFile>,
    /// The database: `postgres://…` or `sqlite://…`.
    pub database: Option<String>,
    /// For how many days events and executions are kept.
    pub retention_days: Option<u32>,
    /// Where browsers find this server: `https://prompts.example.com`.
    pub public_url: Option<String>,
    /// Where people sign in.
    pub oidc: Option<OidcFile>,
    /// How workflows are run.
    #[serde(default)]
    pub runs: RunsFile,
    /// The SSH key with which the server signs what people said on forges; relative to the folder of this file.
    pub signing_key: Option<PathBuf>,
}

/// What is said of the identity provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OidcFile {
    /// Its address, as it calls itself.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// Where the secret that it gave this server is found; a file relative to the folder of promptreg.toml.
    pub client_secret: Secret,
    /// What is asked for besides `openid`.
    pub scopes: Option<Vec<String>>,
    /// For how many hours a session lasts.
    pub session_hours: Option<u16>,
}

/// For how many hours a session lasts unless somebody says otherwise.
const SESSION_HOURS: u16 = 12;

/// How people sign in, where anybody says.
pub(super) fn sign_in(file: &ServerFile) -> Result<Option<SignIn>, Failure> {
    let Some(oidc) = &file.oidc else { return Ok(None) };
    let Some(public_url) = &file.public_url else {
        let what = "promptreg.toml: [oidc] needs to know where browsers find this server: public_url = \"https://…\"";
        return Err(Failure::Usage(what.to_owned()));
    };
    let hours = oidc.session_hours.unwrap_or(SESSION_HOURS);
    if hours == 0 {
        return Err(Failure::Usage("promptreg.toml: session_hours: a session lasts for an hour at least".to_owned()));
    }
    let provider = Provider::new(identity::Settings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: secret(&oidc.client_secret)?,
        scopes: oidc.scopes.clone().unwrap_or_else(|| vec!["email".to_owned()]),
        public_url: public_url.clone(),
        callback: CALLBACK,
    });
    let provider = provider.map_err(|error| Failure::Usage(format!("promptreg.toml: [oidc] {error}")))?;
    Ok(Some(SignIn::new(provider, u32::from(hours) * 3_600)))
}

/// What is said of one forge.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgeFile {
    /// Where its secrets are found; a file relative to the folder of promptreg.toml.
    pub secrets: Vec<Secret>,
}

impl ServerFile {
    /// Reads the file; the one in the current folder need not be there.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new("promptreg.toml"));
        let folder = path.parent().unwrap_or(Path::new(""));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return Ok(Self::default()),
            Err(source) => return Err(Failure::Read { path: path.display().to_string(), source }),
        };
        let tree = files::parse_toml(&text);
        let wrong = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
        if let Some(fault) = tree.faults.first() {
            let at = position(&text, fault.span.start);
            return Err(wrong(format!("line {}, column {}: {}", at.line, at.column, fault.message)));
        }
        let mut file: Self =
            serde_json::from_value(tree.value.unwrap_or_default()).map_err(|error| wrong(error.to_string()))?;
        file.registry = file.registry.filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = &mut file.registry
            && Remote::parse(&path.to_string_lossy())?.is_none()
        {
            *path = folder.join(&path);
        }
        let secrets = file.forge.values_mut().flat_map(|forge| &mut forge.secrets);
        for secret in secrets.chain(file.oidc.as_mut().map(|oidc| &mut oidc.client_secret)) {
            if let Secret::File(path) = secret {
                *path = folder.join(&path).to_string_lossy().into_owned();
            }
        }
        file.data = file.data.map(|data| folder.join(data));
        file.signing_key = file.signing_key.map(|key| folder.join(key));
        Ok(file)
    }
}
