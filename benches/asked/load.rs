//! Many connections that ask at once, from one thread: each sends its next request when it has the answer to the last.

use crate::Done;
use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::ready,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    task::LocalSet,
};

/// What is asked for this long at first is not measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// How it is asked.
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// For how long it is measured.
    pub(crate) measured: Duration,
    /// How many requests all connections send in a second; as many as there are answers where it is not said.
    pub(crate) per_second: Option<f64>,
    /// The status that a good answer has.
    pub(crate) expected: u16,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Tally {
    /// The milliseconds that each request took.
    pub(crate) took: Vec<f64>,
    /// The sum of `accepted` in all good answers, those of the warm-up and those after the end too.
    pub(crate) accepted: u64,
    /// The sum of `accepted` while it was measured.
    pub(crate) measured: u64,
    pub(crate) failed: u64,
    /// What the first bad answer said.
    pub(crate) failure: Option<String>,
}

impl Load {
    /// Asks until the time is over, and waits for what is under way then. `request` writes the n-th of a connection.
    pub(crate) fn run(self, address: &str, request: impl Fn(usize, u64, &mut Vec<u8>) + 'static) -> Done<Tally> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let host = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (load, request) = (Rc::new(self), Rc::new(request));
        let tasks = LocalSet::new();
        tasks.block_on(&runtime, async {
            let mut streams = Vec::new();
            for _ in 0..load.connections {
                let stream = TcpStream::connect(&host).await?;
                stream.set_nodelay(true)?;
                streams.push(stream);
            }
            let start = Instant::now();
            let connections = streams.into_iter().enumerate().map(|(number, stream)| {
                let (load, request) = (load.clone(), request.clone());
                tokio::task::spawn_local(async move { load.ask(number, stream, start, &*request).await })
            });
            let mut all = Tally::default();
            for connection in connections.collect::<Vec<_>>() {
                all.add(connection.await??);
            }
            Ok(all)
        })
    }

    async fn ask(
        &self,
        number: usize,
        stream: TcpStream,
        start: Instant,
        request: &impl Fn(usize, u64, &mut Vec<u8>),
    ) -> io::Result<Tally> {
        let (mut connection, mut tally) = (Connection { stream, answer: Vec::new() }, Tally::default());
        let (from, until) = (start + WARM_UP, start + WARM_UP + self.measured);
        let mut bytes = Vec::new();
        for round in 0.. {
            if let Some(due) = self.due(number, round) {
                tokio::time::sleep_until((start + due).into()).await;
            }
            let since = Instant::now();
            if since >= until {
                break;
            }
            bytes.clear();
            request(number, round, &mut bytes);
            let (status, body) = connection.ask(&bytes).await?;
            let now = Instant::now();
            if status != self.expected {
                tally.failed += 1;
                tally.failure.get_or_insert_with(|| format!("{status} {}", String::from_utf8_lossy(body)));
                continue;
            }
            let accepted = accepted(body);
            tally.accepted += accepted;
            if now >= from && now < until {
                tally.measured += accepted;
                tally.took.push((now - since).as_secs_f64() * 1e3);
            }
        }
        Ok(tally)
    }

    /// How long after the start a connection's request is sent: they take turns.
    fn due(&self, number: usize, round: u64) -> Option<Duration> {
        let turn = round as f64 * self.connections as f64 + number as f64;
        self.per_second.map(|per_second| Duration::from_secs_f64(turn / per_second))
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.accepted += other.accepted;
        self.measured += other.measured;
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// The status and the body of one answer, which must say how long it is.
    async fn ask(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        let mut sent = 0;
        while sent < request.len() {
            sent += std::future::poll_fn(|cx| Pin::new(&mut self.stream).poll_write(cx, &request[sent..])).await?;
        }
        self.answer.clear();
        let (status, body, end) = loop {
            if self.read().await? == 0 {
                return Err(io::Error::other("the server hung up"));
            }
            if let Some(head) = head(&self.answer)?
                && self.answer.len() >= head.2
            {
                break head;
            }
        };
        Ok((status, &self.answer[body..end]))
    }

    async fn read(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 1 << 14];
        let count = std::future::poll_fn(|cx| {
            let mut buffer = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            io::Result::Ok(buffer.filled().len()).into()
        });
        let count = count.await?;
        self.answer.extend_from_slice(&chunk[..count]);
        Ok(count)
    }
}

/// The status of an answer, and where its body begins and ends; nothing while its head is not all there.
fn head(answer: &[u8]) -> io::Result<Option<(u16, usize, usize)>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    match (status, length) {
        (Some(status), Some(length)) => Ok(Some((status, end + 4, end + 4 + length))),
        _ => Err(io::Error::other("the answer does not say how long it is")),
    }
}

/// The number at `accepted`, without reading the rest.
fn accepted(body: &[u8]) -> u64 {
    const KEY: &[u8] = b"\"accepted\":";
    let Some(start) = body.windows(KEY.len()).position(|window| window == KEY) else { return 0 };
    let digits =
        body[start + KEY.len()..].iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
