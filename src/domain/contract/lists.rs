//! Lists: their items, how many there are, and that they are distinct.

use super::{
    gap::{Gap, What},
    narrow::Narrow,
    node::Node,
    proof::{Proof, condition},
};
use serde_json::Value;

impl Proof {
    /// Whether a keyword on lists surely accepts what `narrow` accepts.
    pub(super) fn list<'s>(
        &mut self,
        wide: &Node<'s>,
        keyword: &str,
        is: &'s Value,
        narrow: &Narrow<'s>,
        gaps: &mut Vec<Gap>,
    ) -> bool {
        let most = narrow.most("maxItems");
        let is_proven = match keyword {
            "prefixItems" => return self.prefix(wide, narrow, gaps),
            "items" if !is.is_array() => return self.items(wide, narrow, gaps),
            "items" => false,
            "contains" => narrow.all.iter().any(|node| {
                let keywords = ["contains", "minContains", "maxContains"];
                keywords.iter().all(|keyword| self.is_same_keyword(wide, keyword, node))
            }),
            "uniqueItems" => is == &Value::Bool(false) || most.is_some_and(|most| most < 2) || is_unique(narrow),
            "minItems" => is.as_u64().is_some_and(|least| narrow.least(keyword) >= least),
            _ => is.as_u64().is_some_and(|bound| most.is_some_and(|most| most <= bound)),
        };
        let what = if matches!(keyword, "items" | "contains") {
            What::Differs(keyword.to_owned())
        } else {
            condition(keyword, is)
        };
        is_proven || self.gap(gaps, what, wide, narrow, keyword)
    }

    fn prefix<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let mut is_proven = true;
        for (place, child) in wide.listed("prefixItems").into_iter().enumerate() {
            if narrow.most("maxItems").is_none_or(|most| most > place as u64) {
                is_proven &= self.within(&format!("[{place}]"), &child, &narrow.item(place), gaps);
            }
        }
        is_proven
    }

    /// The items after those that `wide` has schemas of their own for.
    fn items<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let Some(child) = wide.child("items") else { return true };
        let (own, other) = (wide.listed("prefixItems").len(), narrow.prefix());
        let most = narrow.most("maxItems");
        let mut is_proven = true;
        for place in own..other {
            if most.is_none_or(|most| most > place as u64) {
                is_proven &= self.within(&format!("[{place}]"), &child, &narrow.item(place), gaps);
            }
        }
        if most.is_none_or(|most| most > own.max(other) as u64) {
            is_proven &= self.within("[]", &child, &narrow.items(), gaps);
        }
        is_proven
    }
}

fn is_unique(narrow: &Narrow<'_>) -> bool {
    narrow.each("uniqueItems").any(|is| is == &Value::Bool(true))
}
