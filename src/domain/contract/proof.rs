//! The proof that a wide schema accepts all that a narrow one accepts, keyword by keyword.

use super::{
    evaluate,
    gap::{Gap, What},
    keyword::{concerned, stands_alone},
    kinds::Kinds,
    narrow::Narrow,
    node::Node,
};
use serde_json::Value;
use std::collections::HashMap;

/// How much a proof may cost, in schemas and keywords that are looked at.
const FUEL: usize = 50_000;

/// The most gaps that are noted.
const GAPS: usize = 64;

/// The most levels of schemas that are gone into.
const LEVELS: usize = 64;

/// The most values of a list that are looked at one by one.
const VALUES: usize = 512;

/// Two schemas and what of the narrow one is looked at.
type Pair = (*const Value, (Vec<*const Value>, Vec<*const Value>, Kinds));

/// A proof under way.
pub(super) struct Proof {
    fuel: usize,
    levels: usize,
    /// The names that lead to what is looked at.
    about: Vec<String>,
    /// How far inside the value that is looked at.
    inside: usize,
    /// What is proven as long as what is being proven is: a schema that contains itself is looked at once. What is
    /// still being proven is so from some place inside the value on; only further inside may it be relied on.
    assumed: HashMap<Pair, Option<usize>>,
    /// The same in the order in which it came.
    trail: Vec<Pair>,
    /// Whether two schemas are the same, by address.
    same: HashMap<(*const Value, *const Value), bool>,
}

impl Proof {
    pub(super) fn new() -> Self {
        Self {
            fuel: FUEL,
            levels: 0,
            about: Vec::new(),
            inside: 0,
            assumed: HashMap::new(),
            trail: Vec::new(),
            same: HashMap::new(),
        }
    }

    /// Whether `wide` surely accepts all that `narrow` accepts; what speaks against it goes to `gaps`.
    pub(super) fn prove<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        if narrow.is_never || wide.schema == &Value::Bool(true) {
            return true;
        }
        if !self.spend(1 + narrow.all.len()) || self.levels >= LEVELS {
            return self.gap(gaps, What::Intricate, wide, narrow, "");
        }
        let pair = (wide.address(), narrow.key());
        match self.assumed.get(&pair) {
            Some(Some(inside)) if *inside == self.inside => {
                return self.gap(gaps, What::Differs("$ref".to_owned()), wide, narrow, "$ref");
            }
            Some(_) => return true,
            None => {}
        }
        if self.is_among(wide, narrow) {
            return true;
        }
        let before = self.trail.len();
        self.assumed.insert(pair.clone(), Some(self.inside));
        self.trail.push(pair.clone());
        self.levels += 1;
        let is_proven = self.all_keywords(wide, narrow, gaps);
        self.levels -= 1;
        if is_proven {
            self.assumed.insert(pair, None);
        } else {
            for pair in self.trail.drain(before..) {
                self.assumed.remove(&pair);
            }
        }
        is_proven
    }

    /// What lies somewhere inside the value that is looked at; what speaks against it is not told.
    pub(super) fn prove_inside<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>) -> bool {
        self.inside += 1;
        let is_proven = self.prove(wide, narrow, &mut Vec::new());
        self.inside -= 1;
        is_proven
    }

    /// What lies under `name` within the value that is looked at.
    pub(super) fn within<'s>(&mut self, name: &str, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        self.about.push(name.to_owned());
        self.inside += 1;
        let is_proven = self.prove(wide, narrow, gaps);
        self.inside -= 1;
        self.about.pop();
        is_proven
    }

    /// Notes a gap, and answers `false`.
    pub(super) fn gap(
        &self,
        gaps: &mut Vec<Gap>,
        what: What,
        wide: &Node<'_>,
        narrow: &Narrow<'_>,
        keyword: &str,
    ) -> bool {
        self.gap_at(gaps, what, wide.pointer(keyword), narrow.pointer(keyword))
    }

    /// Notes a gap at these places of the two documents, and answers `false`.
    pub(super) fn gap_at(&self, gaps: &mut Vec<Gap>, what: What, wide: String, narrow: String) -> bool {
        add(gaps, vec![Gap { what, about: self.about.clone(), wide, narrow }]);
        false
    }

    /// Pays for something; `false` where nothing is left.
    pub(super) fn spend(&mut self, cost: usize) -> bool {
        let left = self.fuel.checked_sub(cost);
        self.fuel = left.unwrap_or(0);
        left.is_some()
    }

    fn all_keywords<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let before = gaps.len();
        let is_proven = self.each_keyword(wide, narrow, gaps);
        if is_proven || self.is_empty(narrow, 0) {
            gaps.truncate(before);
            return true;
        }
        let parts = self.parts(wide, narrow);
        if parts.is_empty() {
            return false;
        }
        let mut inner = Vec::new();
        let mut is_proven = true;
        for part in &parts {
            is_proven &= self.prove(wide, part, &mut inner);
        }
        gaps.truncate(before);
        if !is_proven {
            add(gaps, inner);
        }
        is_proven
    }

    fn each_keyword<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        if !wide.schema.is_object() {
            return self.gap(gaps, What::Nothing, wide, narrow, "");
        }
        if wide.is_strange() {
            return self.gap(gaps, What::Differs("$schema".to_owned()), wide, narrow, "$schema");
        }
        let values = self.values(narrow);
        let kinds = self.kinds(narrow, values.as_deref());
        let mut is_proven = true;
        for (keyword, is) in wide.keywords().filter(|(keyword, _)| kinds.meets(concerned(keyword))) {
            if !self.spend(1) {
                return self.gap(gaps, What::Intricate, wide, narrow, "");
            }
            let mut found = Vec::new();
            if (stands_alone(keyword) && self.has_same(wide, keyword, narrow))
                || self.keyword(wide, keyword, is, narrow, kinds, &mut found)
            {
                continue;
            }
            if let Some(values) = &values {
                let misfits = self.not_taken(wide, keyword, values);
                if misfits.is_empty() {
                    continue;
                }
                if matches!(keyword, "enum" | "const") {
                    found.clear();
                    let shown = misfits.into_iter().map(super::gap::shown).collect();
                    self.gap(&mut found, What::Values(shown), wide, narrow, keyword);
                }
            }
            is_proven = false;
            add(gaps, found);
            if narrow.all.is_empty() {
                // Of what is not known at all, nothing better will be found.
                break;
            }
        }
        is_proven
    }

    /// Whether one keyword surely accepts what `narrow` accepts.
    fn keyword<'s>(
        &mut self,
        wide: &Node<'s>,
        keyword: &'s str,
        is: &'s Value,
        narrow: &Narrow<'s>,
        kinds: Kinds,
        gaps: &mut Vec<Gap>,
    ) -> bool {
        match keyword {
            "type" => {
                let takes = Kinds::named(is).unwrap_or(Kinds::NONE);
                let beyond = kinds.without(takes);
                beyond.is_none() || self.gap(gaps, What::Kinds { takes, beyond }, wide, narrow, keyword)
            }
            "enum" | "const" => self.gap(gaps, What::Listed, wide, narrow, keyword),
            "$ref" | "allOf" | "anyOf" | "oneOf" | "not" | "if" => self.branches(wide, keyword, narrow, gaps),
            "properties"
            | "required"
            | "additionalProperties"
            | "patternProperties"
            | "propertyNames"
            | "dependentRequired"
            | "dependentSchemas"
            | "minProperties"
            | "maxProperties" => self.object(wide, keyword, is, narrow, gaps),
            "items" | "prefixItems" | "contains" | "uniqueItems" | "minItems" | "maxItems" => {
                self.list(wide, keyword, is, narrow, gaps)
            }
            "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "multipleOf" | "minLength"
            | "maxLength" | "pattern" | "format" => {
                super::bounds::holds(keyword, is, narrow, kinds)
                    || self.gap(gaps, condition(keyword, is), wide, narrow, keyword)
            }
            "unevaluatedProperties"
            | "unevaluatedItems"
            | "additionalItems"
            | "dependencies"
            | "contentEncoding"
            | "contentMediaType"
            | "$dynamicRef"
            | "$recursiveRef" => self.gap(gaps, What::Differs(keyword.to_owned()), wide, narrow, keyword),
            _ => true,
        }
    }

    /// The values that `narrow` accepts at most, where they can be listed.
    pub(super) fn values<'s>(&mut self, narrow: &Narrow<'s>) -> Option<Vec<&'s Value>> {
        let mut values = narrow.listed().filter(|values| values.len() <= VALUES)?;
        let kinds = narrow.kinds();
        let fuel = &mut self.fuel;
        let fits = |value: &Value, fuel: &mut usize| {
            narrow.all.iter().all(|node| evaluate::fits(node, value, fuel) != Some(false))
        };
        values.retain(|value| kinds.meets(Kinds::of(value)) && fits(value, fuel));
        Some(values)
    }

    /// The kinds of values that `narrow` may accept.
    pub(super) fn kinds(&self, narrow: &Narrow<'_>, values: Option<&[&Value]>) -> Kinds {
        let of = |values: &[&Value]| values.iter().fold(Kinds::NONE, |kinds, value| kinds.or(Kinds::of(value)));
        narrow.kinds().and(values.map_or(Kinds::ALL, of))
    }

    /// Those of `values` that a keyword does not surely take.
    fn not_taken<'v>(&mut self, wide: &Node<'_>, keyword: &str, values: &[&'v Value]) -> Vec<&'v Value> {
        let taken = |value: &Value, fuel: &mut usize| evaluate::keyword_fits(wide, keyword, value, fuel) == Some(true);
        let fuel = &mut self.fuel;
        values.iter().copied().filter(|value| !taken(value, fuel)).collect()
    }

    /// Whether some of the narrow schemas has the same value of a keyword.
    fn has_same<'s>(&mut self, wide: &Node<'s>, keyword: &str, narrow: &Narrow<'s>) -> bool {
        narrow.all.iter().any(|node| self.is_same_keyword(wide, keyword, node))
    }

    /// Whether two schemas have the same value of a keyword, or both none.
    pub(super) fn is_same_keyword<'s>(&mut self, wide: &Node<'s>, keyword: &str, narrow: &Node<'s>) -> bool {
        match (wide.get(keyword), narrow.get(keyword)) {
            (None, None) => true,
            (Some(a), Some(b)) => self.is_same(wide, a, narrow, b),
            _ => false,
        }
    }

    fn is_among<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>) -> bool {
        narrow.given().chain(&narrow.all).any(|node| self.is_same(wide, wide.schema, node, node.schema))
    }

    /// Whether two values within schemas are the same, with all that they refer to.
    fn is_same<'s>(&mut self, wide: &Node<'s>, a: &'s Value, narrow: &Node<'s>, b: &'s Value) -> bool {
        let key = (std::ptr::from_ref(a), std::ptr::from_ref(b));
        if let Some(known) = self.same.get(&key) {
            return *known;
        }
        let is_same = wide.document.dialect == narrow.document.dialect && super::same::is_same(wide, a, narrow, b);
        self.same.insert(key, is_same);
        is_same
    }
}

/// Adds what is not there yet, as long as there is room.
fn add(gaps: &mut Vec<Gap>, more: Vec<Gap>) {
    for gap in more {
        if gaps.len() < GAPS && !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
}

/// A keyword with its value, as people write it.
pub(super) fn condition(keyword: &str, is: &Value) -> What {
    What::Condition(format!("{keyword}: {}", super::gap::shown(is)))
}
