//! What forges tell: an event never decides, it says "look again".

mod event;

pub use self::event::{Event, Forge, Kind, Login, Review, Verdict};
use super::App;

impl App {
    /// Takes an event of a forge: the repository is looked at soon. Answers at once; many events are one look.
    pub fn hear(&self, event: &Event) {
        tracing::debug!(forge = %event.forge, change = event.change, "a forge told of something");
        self.nudges.wake();
    }

    /// What time it is by the clock that the registry was opened with, in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.meter.clock().now().as_second()
    }
}
