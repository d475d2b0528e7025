//! What forges tell: signed or refused, understood or politely ignored, and never more than a reason to look again.

mod door;
mod payloads;
mod witness;
