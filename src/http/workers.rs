//! Workers: a thread with a runtime of its own for each core, so that an answer never waits for another core to wake.

use std::{
    future::Future,
    io,
    num::NonZero,
    pin::Pin,
    thread::{self, available_parallelism},
};
use tokio::{
    runtime::Builder,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The workers. They end when this is dropped, with whatever they have not finished by then.
#[derive(Debug)]
pub(super) struct Workers {
    queues: Vec<UnboundedSender<Job>>,
    next: usize,
}

impl Workers {
    /// Starts one worker for each core.
    pub(super) fn start() -> io::Result<Self> {
        let count = available_parallelism().map_or(1, NonZero::get);
        Ok(Self { queues: (0..count).map(|_| worker()).collect::<io::Result<_>>()?, next: 0 })
    }

    /// Gives a job to the next worker in turn, where it stays.
    pub(super) fn give(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.next = (self.next + 1) % self.queues.len();
        // A queue is closed only where its worker panicked; the job is dropped then, and its connection with it.
        let _ = self.queues[self.next].send(Box::pin(job));
    }
}

fn worker() -> io::Result<UnboundedSender<Job>> {
    let (queue, jobs) = unbounded_channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("promptreg-http".to_owned()).spawn(move || runtime.block_on(work(jobs)))?;
    Ok(queue)
}

async fn work(mut jobs: UnboundedReceiver<Job>) {
    while let Some(job) = jobs.recv().await {
        tokio::spawn(job);
    }
}
