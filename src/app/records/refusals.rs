//! Refused accesses in the audit: the first at once, what follows within a minute as one row with its count.

use super::audit::Deed;
use crate::{
    app::{App, Refusal},
    domain::{Handle, Permission},
};
use serde_json::json;
use std::{collections::HashMap, net::IpAddr};
use tokio::sync::mpsc;
use uuid::Uuid;

/// For how many seconds the same refusals are one row.
const TOGETHER: i64 = 60;

/// How many different refusals are told apart at a time; what goes beyond is counted as one.
const KINDS: usize = 1_024;

type Key = (String, Option<Permission>, Option<(Uuid, Option<Handle>)>, Option<IpAddr>, u16);

/// The refusals that were told lately.
#[derive(Debug)]
pub(super) struct Refusals {
    waiting: mpsc::Receiver<Refusal>,
    /// Since when each is counted, and how many came since it was told.
    lately: HashMap<Key, (i64, u64)>,
}

impl Refusals {
    pub(super) fn new(waiting: mpsc::Receiver<Refusal>) -> Self {
        Self { waiting, lately: HashMap::new() }
    }

    /// Takes down what was refused since the last time.
    pub(super) fn take_down(&mut self, app: &App, now: i64) {
        while let Ok(refusal) = self.waiting.try_recv() {
            let Refusal { asked, lacked, token, user, address, status, .. } = refusal;
            let mut key = (asked, lacked, token.map(|token| (token, user)), address, status);
            if self.lately.len() >= KINDS && !self.lately.contains_key(&key) {
                key = ("anything else".to_owned(), None, None, None, status);
            }
            match self.lately.get_mut(&key) {
                Some((_, more)) => *more += 1,
                None => {
                    app.take_down(deed(&key, 1));
                    self.lately.insert(key, (now, 0));
                }
            }
        }
        self.lately.retain(|key, (since, more)| {
            let is_lately = now - *since < TOGETHER;
            if !is_lately && *more > 0 {
                app.take_down(deed(key, *more));
            }
            is_lately
        });
    }
}

fn deed((asked, lacked, token, address, status): &Key, count: u64) -> Deed {
    let (token, user) = token.as_ref().map_or((None, None), |(token, user)| (Some(token), user.as_ref()));
    Deed {
        actor: user.map_or_else(|| "anonymous".to_owned(), Handle::to_string),
        action: "refused",
        entity_type: "route",
        entity: asked.clone(),
        details: json!({
            "status": status, "permission": lacked.map(Permission::as_str), "token": token, "address": address,
            "count": count,
        }),
    }
}
