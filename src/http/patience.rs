//! Patience: deadlines for connections that cost next to nothing until one passes.
//!
//! A timer of tokio's for the head of each request is put into a shared wheel and taken out again with every request.
//! Here a deadline is a moment that is compared when its connection is polled, and one long-lived timer for each
//! connection sees to it that it is polled every few seconds.

use hyper::rt::{Sleep, Timer};
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::{MissedTickBehavior, interval};

/// How often an idle connection is looked at: a deadline may be noticed this much later.
const LOOK: Duration = Duration::from_secs(5);

/// A clock for connections that [`look_after`] drives; elsewhere its deadlines may pass unnoticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience;

impl Timer for Patience {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline(deadline))
    }
}

#[derive(Debug)]
struct Deadline(Instant);

impl Sleep for Deadline {}

impl Future for Deadline {
    type Output = ();

    /// Wakes nobody: whoever waits is polled again by [`look_after`].
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if Instant::now() < self.0 { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// Drives a connection to its end, and looks at it every few seconds even where nothing comes.
pub(super) async fn look_after<C: Future>(connection: C) -> C::Output {
    let mut connection = pin!(connection);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    poll_fn(|context| {
        loop {
            let polled = connection.as_mut().poll(context);
            // After a look the connection is polled again, since it may have been its deadline that passed.
            if polled.is_ready() || looks.poll_tick(context).is_pending() {
                return polled;
            }
        }
    })
    .await
}
