//! References and branches: `$ref`, `allOf`, `anyOf`, `oneOf`, `not` and `if`; and narrow schemas taken apart.

use super::{
    gap::{Gap, What},
    kinds::Kinds,
    narrow::Narrow,
    node::Node,
    number,
    proof::Proof,
};
use std::cmp::Ordering;

/// The most branches of a narrow schema that are decided before what lies within is looked at.
const DECISIONS: usize = 4;

/// The most levels of properties that are gone into to see that nothing fits.
const EMPTINESS: usize = 4;

impl Proof {
    /// Whether a keyword whose schemas apply to the same value surely accepts what `narrow` accepts.
    pub(super) fn branches<'s>(
        &mut self,
        wide: &Node<'s>,
        keyword: &str,
        narrow: &Narrow<'s>,
        gaps: &mut Vec<Gap>,
    ) -> bool {
        let is_proven = match keyword {
            "$ref" => match wide.target() {
                Some(target) => return self.prove(&target, narrow, gaps),
                None => false,
            },
            "allOf" => {
                let mut all = true;
                for branch in wide.listed(keyword) {
                    all &= self.prove(&branch, narrow, gaps);
                }
                return all;
            }
            "anyOf" => return self.any_of(wide, narrow, gaps),
            "oneOf" => self.one_of(wide, narrow),
            "not" => wide.child(keyword).is_some_and(|branch| self.is_empty(&narrow.with(branch), 0)),
            _ => self.conditional(wide, narrow),
        };
        is_proven || self.gap(gaps, What::Differs(keyword.to_owned()), wide, narrow, keyword)
    }

    /// One branch has to accept everything; what cannot fit any one of them is taken apart elsewhere.
    fn any_of<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let branches = wide.listed("anyOf");
        let takes = branches.iter().fold(Kinds::NONE, |all, one| all.or(Narrow::new(vec![one.clone()]).kinds()));
        let values = self.values(narrow);
        let beyond = self.kinds(narrow, values.as_deref()).without(takes);
        if !beyond.is_none() {
            return self.gap(gaps, What::Kinds { takes, beyond }, wide, narrow, "anyOf");
        }
        let mut near = Vec::new();
        for branch in branches {
            let mut inner = Vec::new();
            if self.prove(&branch, narrow, &mut inner) {
                return true;
            }
            if !self.is_empty(&narrow.with(branch), 0) {
                near.push(inner);
            }
        }
        match near.as_mut_slice() {
            [only] if !only.is_empty() => {
                gaps.append(only);
                false
            }
            _ => self.gap(gaps, What::Differs("anyOf".to_owned()), wide, narrow, "anyOf"),
        }
    }

    /// One branch has to accept everything, and all others nothing of it.
    fn one_of<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>) -> bool {
        let mut accepting = 0;
        for branch in wide.listed("oneOf") {
            if self.is_empty(&narrow.with(branch.clone()), 0) {
                continue;
            }
            accepting += 1;
            if accepting > 1 || !self.prove(&branch, narrow, &mut Vec::new()) {
                return false;
            }
        }
        accepting == 1
    }

    /// Where both what follows and what follows otherwise hold, or somebody else asks the same, nothing can go wrong.
    fn conditional<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>) -> bool {
        let same = |proof: &mut Self, node: &Node<'s>| {
            ["if", "then", "else"].iter().all(|keyword| proof.is_same_keyword(wide, keyword, node))
        };
        narrow.all.iter().any(|node| same(self, node))
            || ["then", "else"]
                .iter()
                .all(|keyword| wide.child(keyword).is_none_or(|branch| self.prove(&branch, narrow, &mut Vec::new())))
    }

    /// The parts that `narrow` consists of, each of which is to be looked at by itself; none where it is not taken apart.
    pub(super) fn parts<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>) -> Vec<Narrow<'s>> {
        if narrow.decided.len() < DECISIONS {
            for node in &narrow.all {
                for keyword in ["anyOf", "oneOf"] {
                    let Some(is) = node.get(keyword).filter(|is| is.as_array().is_some_and(|list| !list.is_empty()))
                    else {
                        continue;
                    };
                    if !narrow.decided.contains(&std::ptr::from_ref(is)) {
                        return node.listed(keyword).into_iter().map(|branch| narrow.branch(is, branch)).collect();
                    }
                }
            }
        }
        let kinds: Vec<Kinds> = narrow.kinds().apart().collect();
        let is_branched = ["anyOf", "oneOf"].iter().any(|keyword| wide.get(keyword).is_some());
        if kinds.len() < 2 || !is_branched {
            return Vec::new();
        }
        kinds.into_iter().map(|only| narrow.only(only)).collect()
    }

    /// Whether `narrow` surely accepts nothing.
    pub(super) fn is_empty(&mut self, narrow: &Narrow<'_>, level: usize) -> bool {
        if narrow.is_never {
            return true;
        }
        if level > EMPTINESS || !self.spend(1 + narrow.all.len()) {
            return false;
        }
        let values = self.values(narrow);
        let mut kinds = self.kinds(narrow, values.as_deref());
        if kinds.meets(Kinds::NUMBER) && has_no_numbers(narrow) {
            kinds = kinds.without(Kinds::NUMBER);
        }
        if narrow.most("maxLength").is_some_and(|most| most < narrow.least("minLength")) {
            kinds = kinds.without(Kinds::STRING);
        }
        if narrow.most("maxItems").is_some_and(|most| most < narrow.least("minItems")) {
            kinds = kinds.without(Kinds::ARRAY);
        }
        if kinds.meets(Kinds::OBJECT) && self.has_no_objects(narrow, level) {
            kinds = kinds.without(Kinds::OBJECT);
        }
        kinds.is_none()
    }

    fn has_no_objects(&mut self, narrow: &Narrow<'_>, level: usize) -> bool {
        narrow.most("maxProperties").is_some_and(|most| most < narrow.least("minProperties"))
            || narrow.required().into_iter().any(|name| self.is_empty(&narrow.property(name), level + 1))
    }
}

fn has_no_numbers(narrow: &Narrow<'_>) -> bool {
    let (Some(lower), Some(upper)) = (narrow.lower(), narrow.upper()) else { return false };
    match number::compare(lower.number, upper.number) {
        Ordering::Less => false,
        Ordering::Equal => lower.is_outside || upper.is_outside,
        Ordering::Greater => true,
    }
}
