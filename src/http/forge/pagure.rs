//! Pagure's payloads. It has no reviews: people vote with `+1` or `:thumbsup:` in a comment.

use super::{
    Unread, ignored,
    payload::{Payload, event, is_unfinished, login},
};
use crate::app::forge::{Event, Forge, Kind, Login, Review, Verdict};

pub(super) fn read(payload: Payload<'_>) -> Result<Event, Unread> {
    let (topic, message) = (payload.text("topic").unwrap_or_default(), payload.at("msg"));
    let kind = match topic {
        "git.receive" | "git.branch.creation" | "git.branch.deletion" => return push(message),
        "pull-request.new" | "pull-request.reopened" => Kind::Opened,
        "pull-request.updated"
        | "pull-request.rebased"
        | "pull-request.initial_comment.edited"
        | "pull-request.assigned.added"
        | "pull-request.assigned.reset" => Kind::Updated,
        "pull-request.closed" => Kind::Closed { merged: message.is("merged"), landed: None },
        "pull-request.comment.added" => vote(message)?,
        _ => return Err(ignored("this is about no branch and changes nothing of a pull request")),
    };
    Ok(request(payload, message, kind))
}

/// The newest comment, as a review: Pagure sends all of them.
fn vote(message: Payload<'_>) -> Result<Kind, Unread> {
    let comments = message.at("pullrequest").items("comments");
    let newest = comments.max_by_key(|comment| comment.number("id")).ok_or_else(|| ignored("there is no comment"))?;
    if newest.is("notification") {
        return Err(ignored("Pagure said this itself"));
    }
    let by = person(newest.at("user")).filter(|by| Some(by.name.as_str()) == message.text("agent"));
    let by = by.ok_or_else(|| ignored("the newest comment is by somebody else"))?;
    // What stands at a line is about that line.
    let verdict = match newest.long("comment") {
        Some(text) if !newest.has("filename") => said(text),
        _ => Verdict::Comment,
    };
    let id = newest.number("id").map(|id| id.to_string());
    Ok(Kind::Review(Review { by, id, verdict, commit: newest.commit("commit") }))
}

/// What a comment says; quoted lines are somebody else's words.
fn said(comment: &str) -> Verdict {
    let words = || comment.lines().filter(|line| !line.trim_start().starts_with('>')).flat_map(str::split_whitespace);
    let any =
        |signs: [&str; 3]| words().any(|word| signs.contains(&word.trim_end_matches(['.', ',', '!', '\u{fe0f}'])));
    match (any(["+1", ":thumbsup:", "👍"]), any(["-1", ":thumbsdown:", "👎"])) {
        (true, false) => Verdict::Approve,
        (false, true) => Verdict::Reject,
        _ => Verdict::Comment,
    }
}

fn request(payload: Payload<'_>, message: Payload<'_>, kind: Kind) -> Event {
    let request = message.at("pullrequest");
    Event {
        change: request.number("id"),
        head: request.commit("commit_stop"),
        first: request.commit("commit_start"),
        author: person(request.at("user")),
        is_draft: is_unfinished(request.long("title")),
        branch: request.owned("branch_from"),
        base_branch: request.owned("branch"),
        reviewers: request.at("assignee").owned("name").into_iter().collect(),
        title: request.title("title"),
        at: payload.number("timestamp").map(|seconds| seconds.to_string()),
        ..event(Forge::Pagure, kind)
    }
}

fn push(message: Payload<'_>) -> Result<Event, Unread> {
    let branch = message.owned("branch").ok_or_else(|| ignored("what was pushed is no branch"))?;
    Ok(Event { head: message.commit("end_commit"), ..event(Forge::Pagure, Kind::Push { branch }) })
}

fn person(user: Payload<'_>) -> Option<Login> {
    login(user, "name", |name| name.ends_with("[bot]"))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, said};

    #[test]
    fn a_vote_is_a_word_of_the_comment_and_no_quoted_one() {
        for (comment, verdict) in [
            ("LGTM :thumbsup:", Verdict::Approve),
            ("+1!", Verdict::Approve),
            ("👍", Verdict::Approve),
            ("-1, it leaks names", Verdict::Reject),
            ("> +1\nwhy?", Verdict::Comment),
            ("one +1 and one -1", Verdict::Comment),
            ("a+1", Verdict::Comment),
        ] {
            assert_eq!(said(comment), verdict, "{comment}");
        }
    }
}
