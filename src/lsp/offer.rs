//! Offers: what a completion shows and writes.

use super::spot::Spot;
use crate::{domain::Span, lint};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionTextEdit, Documentation, MarkupContent, MarkupKind,
    TextEdit,
};

/// The most that is offered at once; the rest comes as more is typed.
const MOST: usize = 500;

/// One thing that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is shown, and what is typed to find it.
    pub(super) label: String,
    /// What there is to say of it, in Markdown.
    about: String,
    kind: CompletionItemKind,
    /// What is written.
    text: String,
    /// Whether the text is all there is to write: no sign of a key comes behind it.
    pub(super) is_whole: bool,
}

impl Offer {
    /// An offer that writes what it is called.
    pub(super) fn new(label: String, about: String, kind: CompletionItemKind) -> Self {
        Self { text: label.clone(), label, about, kind, is_whole: false }
    }

    /// The same, writing another text.
    pub(super) fn text(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// The same, with nothing to come behind it.
    pub(super) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// The same with something behind its text.
    pub(super) fn behind(self, sign: &str) -> Self {
        self.within("", sign)
    }

    /// The same with something on both sides of its text.
    pub(super) fn within(self, before: &str, behind: &str) -> Self {
        let text = format!("{before}{}{behind}", self.text);
        Self { text, ..self }
    }
}

/// The offers that fit what is typed so far, as the editor wants them; they replace `span`.
pub(super) fn list(spot: &Spot<'_>, span: Span, mut offers: Vec<Offer>) -> CompletionList {
    let text = spot.outline.text;
    let is_incomplete = offers.len() > MOST;
    if is_incomplete {
        let typed = text.get(span.start..spot.cursor.byte.min(span.end)).unwrap_or_default();
        offers.retain(|offer| offer.label.contains(typed));
        offers.truncate(MOST);
    }
    // Behind a colon nothing is a value before there is a blank.
    let needs_blank = text.get(..span.start).is_some_and(|before| before.ends_with(':')) && spot.tag().is_none();
    let range = spot.lines.range(span);
    let item = |(place, offer): (usize, Offer)| CompletionItem {
        kind: Some(offer.kind),
        documentation: (!offer.about.is_empty()).then(|| {
            let value = lint::masked(&offer.about).into_owned();
            Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
        }),
        sort_text: Some(format!("{place:04}")),
        filter_text: Some(offer.label.clone()),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range,
            new_text: if needs_blank { format!(" {}", offer.text) } else { offer.text },
        })),
        label: offer.label,
        ..CompletionItem::default()
    };
    CompletionList { is_incomplete, items: offers.into_iter().enumerate().map(item).collect() }
}
