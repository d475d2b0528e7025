//! GitHub's payloads. What kind of event it is shows in the body, which is signed; the header that names it is not.

use super::{
    Unread, ignored,
    payload::{Payload, event, login},
};
use crate::app::forge::{Event, Forge, Kind, Login, Review, Verdict};

pub(super) fn read(payload: Payload<'_>) -> Result<Event, Unread> {
    if !payload.at("pull_request").0.is_object() {
        return push(payload);
    }
    if ["comment", "thread"].into_iter().any(|key| payload.has(key)) {
        return Err(ignored("a comment decides nothing"));
    }
    let kind = if payload.at("review").0.is_object() { review(payload)? } else { change(payload)? };
    Ok(request(payload, kind))
}

fn change(payload: Payload<'_>) -> Result<Kind, Unread> {
    Ok(match payload.text("action") {
        Some("opened" | "reopened" | "ready_for_review") => Kind::Opened,
        Some("synchronize" | "edited" | "converted_to_draft" | "review_requested" | "review_request_removed") => {
            Kind::Updated
        }
        Some("closed") => {
            let request = payload.at("pull_request");
            let merged = request.is("merged");
            Kind::Closed { merged, landed: request.commit("merge_commit_sha").filter(|_| merged) }
        }
        _ => return Err(ignored("this happened to a pull request, and changes nothing of it")),
    })
}

fn review(payload: Payload<'_>) -> Result<Kind, Unread> {
    let review = payload.at("review");
    let verdict = match (payload.text("action"), review.text("state")) {
        (Some("dismissed"), _) => Verdict::Dismiss,
        (Some("submitted"), Some("approved")) => Verdict::Approve,
        (Some("submitted"), Some("changes_requested")) => Verdict::Reject,
        (Some("submitted"), Some("commented")) => Verdict::Comment,
        _ => return Err(ignored("a review says the same as before")),
    };
    let by = person(review.at("user")).ok_or_else(|| ignored("the review is by nobody"))?;
    let id = review.number("id").map(|id| id.to_string());
    Ok(Kind::Review(Review { by, id, verdict, commit: review.commit("commit_id") }))
}

fn request(payload: Payload<'_>, kind: Kind) -> Event {
    let request = payload.at("pull_request");
    let said = payload.at("review");
    // A dismissal is later than the review that it dismisses, and only the request's own time shows it.
    let dismissed = matches!(&kind, Kind::Review(Review { verdict: Verdict::Dismiss, .. }));
    let at = said.owned("submitted_at").filter(|_| !dismissed);
    Event {
        change: request.number("number"),
        head: request.at("head").commit("sha"),
        base: request.at("base").commit("sha"),
        author: person(request.at("user")),
        is_draft: request.is("draft"),
        branch: request.at("head").owned("ref"),
        base_branch: request.at("base").owned("ref"),
        reviewers: request.logins("requested_reviewers", "login"),
        title: request.title("title"),
        at: at.or_else(|| request.owned("updated_at")),
        ..event(Forge::Github, kind)
    }
}

fn push(payload: Payload<'_>) -> Result<Event, Unread> {
    if !payload.has("after") || !payload.has("before") {
        return Err(ignored("this is about no branch and no pull request"));
    }
    let branch = payload.branch("ref").ok_or_else(|| ignored("what was pushed is no branch"))?;
    Ok(Event { head: payload.commit("after"), ..event(Forge::Github, Kind::Push { branch }) })
}

fn person(user: Payload<'_>) -> Option<Login> {
    let is_bot = user.text("type") == Some("Bot");
    login(user, "login", |name| is_bot || name.ends_with("[bot]"))
}
