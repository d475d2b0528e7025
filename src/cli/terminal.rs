//! The terminal: where answers, complaints and progress are printed.

use super::error::Failure;
use crate::app::Step;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal as _, Write},
    time::Duration,
};

/// Standard output and error, with colours and progress only where a person looks on.
pub(super) struct Terminal {
    out: anstream::AutoStream<io::Stdout>,
    error: anstream::AutoStream<io::Stderr>,
}

impl Terminal {
    pub(super) fn new() -> Self {
        Self { out: anstream::AutoStream::auto(io::stdout()), error: anstream::AutoStream::auto(io::stderr()) }
    }

    /// Where answers go.
    pub(super) fn out(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Where what is said besides the answer goes.
    pub(super) fn aside(&mut self) -> &mut impl Write {
        &mut self.error
    }

    /// Whether answers may have colours.
    pub(super) fn has_colours(&self) -> bool {
        self.out.current_choice() != anstream::ColorChoice::Never
    }

    /// How many columns a person sees; none where answers go to a file or a pipe.
    pub(super) fn width(&self) -> Option<usize> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
    }

    /// Prints a value as JSON.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        writeln!(self.out, "{text}")
    }

    /// Prints why a verb failed and what to do.
    pub(super) fn error(&mut self, failure: &Failure) {
        let _ = writeln!(self.error, "\u{1b}[1;31merror\u{1b}[0m: {failure}");
        if let Some(hint) = failure.hint() {
            for line in hint.lines() {
                let _ = writeln!(self.error, "  {line}");
            }
        }
    }

    /// A spinner that says what takes so long; quiet in a pipe, gone when it is dropped.
    pub(super) fn waiting(&self, what: &str) -> Waiting {
        let bar = ProgressBar::with_draw_target(None, target());
        bar.set_style(ProgressStyle::default_spinner());
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Waiting(bar)
    }
}

/// Where progress is drawn: where a person looks on, and else nowhere.
fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// A spinner that is gone when it is dropped, and a bar as soon as somebody knows how much there is to do.
pub(super) struct Waiting(ProgressBar);

impl Waiting {
    /// Says what takes so long now.
    pub(super) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Does something that prints, and is not drawn over meanwhile.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.suspend(work)
    }

    /// Shows how far a step has come: what [`crate::app::Progress`] is told.
    pub(super) fn show(&self, step: Step) {
        if self.0.is_hidden() {
            return;
        }
        let is_new = self.0.message() != step.name;
        if is_new || self.0.length() != Some(step.total) {
            let bar = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len}");
            let style = bar.ok().filter(|_| step.total > 0).unwrap_or_else(ProgressStyle::default_spinner);
            self.0.set_style(style);
            self.0.set_message(step.name);
            self.0.set_length(step.total);
        }
        self.0.set_position(step.done);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
