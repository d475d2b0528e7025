//! Gitea's and Forgejo's payloads.

use super::{
    Unread, ignored,
    payload::{Payload, event, is_unfinished, login},
};
use crate::app::forge::{Event, Forge, Kind, Login, Review, Verdict};

pub(super) fn read(payload: Payload<'_>) -> Result<Event, Unread> {
    if !payload.at("pull_request").0.is_object() {
        return push(payload);
    }
    if payload.has("comment") {
        return Err(ignored("a comment decides nothing"));
    }
    let kind = if payload.at("review").0.is_object() { review(payload)? } else { change(payload)? };
    Ok(request(payload, kind))
}

fn change(payload: Payload<'_>) -> Result<Kind, Unread> {
    Ok(match payload.text("action") {
        Some("opened" | "reopened") => Kind::Opened,
        Some("synchronized" | "edited" | "review_requested" | "review_request_removed") => Kind::Updated,
        Some("closed") => {
            let request = payload.at("pull_request");
            let merged = request.is("merged");
            Kind::Closed { merged, landed: request.commit("merge_commit_sha").filter(|_| merged) }
        }
        _ => return Err(ignored("this happened to a pull request, and changes nothing of it")),
    })
}

/// A review. Gitea names neither its number nor the commit that was looked at.
fn review(payload: Payload<'_>) -> Result<Kind, Unread> {
    let verdict = match payload.at("review").text("type") {
        Some("pull_request_review_approved") => Verdict::Approve,
        Some("pull_request_review_rejected") => Verdict::Reject,
        Some("pull_request_review_comment" | "pull_request_comment") => Verdict::Comment,
        _ => return Err(ignored("a review of an unknown kind")),
    };
    let by = person(payload.at("sender")).ok_or_else(|| ignored("the review is by nobody"))?;
    Ok(Kind::Review(Review { by, id: None, verdict, commit: payload.commit("commit_id") }))
}

fn request(payload: Payload<'_>, kind: Kind) -> Event {
    let request = payload.at("pull_request");
    Event {
        change: request.number("number"),
        head: request.at("head").commit("sha"),
        base: request.at("base").commit("sha"),
        author: person(request.at("user")),
        is_draft: request.is("draft") || is_unfinished(request.long("title")),
        branch: request.at("head").owned("ref"),
        base_branch: request.at("base").owned("ref"),
        reviewers: request.logins("requested_reviewers", "login"),
        title: request.title("title"),
        at: request.owned("updated_at"),
        ..event(Forge::Gitea, kind)
    }
}

fn push(payload: Payload<'_>) -> Result<Event, Unread> {
    if !payload.has("after") || !payload.has("before") {
        return Err(ignored("this is about no branch and no pull request"));
    }
    let branch = payload.branch("ref").ok_or_else(|| ignored("what was pushed is no branch"))?;
    Ok(Event { head: payload.commit("after"), ..event(Forge::Gitea, Kind::Push { branch }) })
}

/// Programs of the forge's own, such as those that run its actions, have no number or one below 1.
fn person(user: Payload<'_>) -> Option<Login> {
    let is_own = user.at("id").0.as_i64().is_none_or(|id| id < 1);
    login(user, "login", |name| is_own || name.ends_with("[bot]"))
}
