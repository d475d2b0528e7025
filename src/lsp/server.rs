//! The conversation: what the editor says is taken in order, and judged when nothing more is waiting.

use super::{
    Error,
    session::{Goes, Session},
    wire::{self, Received},
};
use std::{
    collections::VecDeque,
    io::{BufRead, Write},
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

/// How many messages may wait before reading waits too.
const WAITING: usize = 1024;

type Heard = Result<Received, Error>;

/// Speaks with one editor until it says goodbye. Answers whether it did; one that just goes away did not.
///
/// # Errors
/// Where the editor cannot be read from or written to, or what it says is not the protocol.
pub fn serve(mut input: impl BufRead + Send + 'static, output: impl Write) -> Result<bool, Error> {
    let (sender, inbox) = sync_channel(WAITING);
    thread::spawn(move || {
        loop {
            let heard = wire::read(&mut input);
            let is_last = !matches!(heard, Ok(Received::Message(_) | Received::Garbled));
            if sender.send(heard).is_err() || is_last {
                break;
            }
        }
    });
    let mut session = Session::new(output);
    let mut queue = VecDeque::new();
    loop {
        match next(&mut queue, &inbox, &mut session)?? {
            Received::Message(message) => {
                if let Goes::Ended { in_order } = session.take(*message)? {
                    return Ok(in_order);
                }
            }
            Received::Garbled => session.complain("a message could not be read, and was passed over")?,
            Received::End => return Ok(false),
        }
    }
}

/// What comes next; while nothing is waiting, what changed is judged and told.
fn next(
    queue: &mut VecDeque<Heard>,
    inbox: &Receiver<Heard>,
    session: &mut Session<impl Write>,
) -> Result<Heard, Error> {
    loop {
        queue.extend(inbox.try_iter());
        if let Some(heard) = queue.pop_front() {
            return Ok(heard);
        }
        if session.is_told() {
            return Ok(inbox.recv().unwrap_or(Ok(Received::End)));
        }
        session.judge();
        queue.extend(inbox.try_iter());
        // What was typed meanwhile makes these findings old before anyone sees them.
        if !queue.iter().any(is_change) {
            session.tell()?;
        }
    }
}

fn is_change(heard: &Heard) -> bool {
    matches!(heard, Ok(Received::Message(message)) if super::session::is_change(message))
}
