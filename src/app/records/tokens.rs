//! Tokens, and pins with them: taken from the database when somebody changed them, and when they were used told to it.

use super::{Records, remembered};
use crate::{
    app::{App, Error, Tokens},
    store::{live_tokens, look_at, note_use},
};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// For how many seconds it is only remembered when tokens were used.
const REMEMBERED: i64 = 30;

/// What is known of the tokens in the database.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// How often they had been changed when they were read; none where they were not read yet.
    epoch: Option<i64>,
    /// When the database was told last when they were used, in seconds since 1970.
    told_at: i64,
}

impl App {
    /// Reads the tokens and pins where they were changed since, and tells now and then when tokens were used.
    pub(super) async fn hear_of_tokens(
        self: &Arc<Self>,
        records: &Records,
        tenant: Uuid,
        heard: &mut Heard,
    ) -> Result<(), Error> {
        let engine = records.engine();
        // What is changed in between is read again.
        let epoch = look_at(engine, tenant).await?.map_or(0, |(_, epoch)| epoch);
        let now = self.meter().clock().now();
        if heard.epoch != Some(epoch) {
            self.load_tokens(&live_tokens(engine, tenant, now).await?);
            remember(records, self.tokens()).await;
            self.hear_of_pins(records).await?;
            heard.epoch = Some(epoch);
        }
        if now.as_second() - heard.told_at < REMEMBERED {
            return Ok(());
        }
        let tokens = self.tokens();
        let used = tokens.iter().filter(|(_, known)| known.used_at() >= heard.told_at.max(1));
        let used = used.filter_map(|(_, known)| Some((known.token.id, Timestamp::from_second(known.used_at()).ok()?)));
        let used: Vec<_> = used.collect();
        if !used.is_empty() {
            let mut begun = engine.begin().await?;
            note_use(&mut *begun, tenant, used).await?;
            begun.commit().await?;
        }
        heard.told_at = now.as_second();
        Ok(())
    }
}

/// Remembers the tokens for the next start; where that fails, there is a warning, and nothing else is missing.
async fn remember(records: &Records, tokens: Arc<Tokens>) {
    let Some(path) = records.remembered.clone() else { return };
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || remembered::write(&path, &tokens)).await;
    if let Some(error) =
        written.map_or_else(|error| Some(error.to_string()), |done| done.err().map(|error| error.to_string()))
    {
        tracing::warn!(path = shown, error, "the tokens cannot be remembered for the next start");
    }
}
