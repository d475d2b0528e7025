//! GitLab's payloads.

use super::{
    Unread, ignored,
    payload::{Payload, event, is_unfinished, login},
};
use crate::app::forge::{Event, Forge, Kind, Login, Review, Verdict};

pub(super) fn read(payload: Payload<'_>) -> Result<Event, Unread> {
    match payload.text("object_kind").or_else(|| payload.text("event_name")) {
        Some("push") => push(payload),
        Some("merge_request") => Ok(request(payload, change(payload)?)),
        Some("note") => Err(ignored("a comment decides nothing")),
        _ => Err(ignored("this is about no branch and no merge request")),
    }
}

fn change(payload: Payload<'_>) -> Result<Kind, Unread> {
    let request = payload.at("object_attributes");
    let said = |verdict| {
        let by = person(payload.at("user")).ok_or_else(|| ignored("the review is by nobody"))?;
        Ok(Kind::Review(Review { by, id: None, verdict, commit: None }))
    };
    match request.text("action") {
        Some("open" | "reopen") => Ok(Kind::Opened),
        Some("update") => Ok(Kind::Updated),
        Some("close") => Ok(Kind::Closed { merged: false, landed: None }),
        Some("merge") => {
            let landed = request.commit("merge_commit_sha").or_else(|| request.commit("squash_commit_sha"));
            Ok(Kind::Closed { merged: true, landed })
        }
        // `approved` is said where this was the last approval that lacked, `approval` where it was another one. GitLab
        // itself takes approvals back when commits are pushed: nobody said so then.
        Some(_) if request.is("system") || payload.is("system") => Err(ignored("nobody did this")),
        Some("approved" | "approval") => said(Verdict::Approve),
        Some("unapproved" | "unapproval") => said(Verdict::Dismiss),
        _ => Err(ignored("this happened to a merge request, and changes nothing of it")),
    }
}

fn request(payload: Payload<'_>, kind: Kind) -> Event {
    let request = payload.at("object_attributes");
    Event {
        change: request.number("iid"),
        head: request.at("last_commit").commit("id"),
        author: author(payload),
        is_draft: request.is("draft") || request.is("work_in_progress") || is_unfinished(request.long("title")),
        branch: request.owned("source_branch"),
        base_branch: request.owned("target_branch"),
        reviewers: payload.logins("reviewers", "username"),
        title: request.title("title"),
        at: request.owned("updated_at"),
        ..event(Forge::Gitlab, kind)
    }
}

/// Who opened the request: the payload has only a number, and people whose number it may be.
fn author(payload: Payload<'_>) -> Option<Login> {
    let number = payload.at("object_attributes").number("author_id")?;
    let people = payload.items("assignees").chain(payload.items("reviewers"));
    std::iter::once(payload.at("user")).chain(people).find(|one| one.number("id") == Some(number)).and_then(person)
}

fn push(payload: Payload<'_>) -> Result<Event, Unread> {
    let branch = payload.branch("ref").ok_or_else(|| ignored("what was pushed is no branch"))?;
    Ok(Event { head: payload.commit("after"), ..event(Forge::Gitlab, Kind::Push { branch }) })
}

/// A project's or group's token acts as a user `project_7_bot_4ffca2`.
fn person(user: Payload<'_>) -> Option<Login> {
    login(user, "username", |name| {
        (name.starts_with("project_") || name.starts_with("group_"))
            && (name.contains("_bot_") || name.ends_with("_bot"))
            || name.ends_with("[bot]")
    })
}
