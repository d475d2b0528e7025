//! Objects: properties, declared and not, their number and their names.

use super::{
    gap::{Gap, What},
    narrow::{APPLYING, Narrow},
    node::Node,
    proof::{Proof, condition},
};
use serde_json::Value;
use std::collections::BTreeSet;

impl Proof {
    /// Whether a keyword on objects surely accepts what `narrow` accepts.
    pub(super) fn object<'s>(
        &mut self,
        wide: &Node<'s>,
        keyword: &str,
        is: &'s Value,
        narrow: &Narrow<'s>,
        gaps: &mut Vec<Gap>,
    ) -> bool {
        match keyword {
            "properties" => self.properties(wide, narrow, gaps),
            "required" => self.required(wide, is, narrow, gaps),
            "additionalProperties" => self.additional(wide, narrow, gaps),
            "patternProperties" => self.patterns(wide, narrow, gaps),
            "propertyNames" => {
                let is_proven = wide.child(keyword).is_some_and(|child| self.prove_inside(&child, &narrow.names()));
                is_proven || self.gap(gaps, What::Differs(keyword.to_owned()), wide, narrow, keyword)
            }
            "dependentRequired" => {
                let required = narrow.required();
                let is_met = |names: &Value| names.as_array().is_some_and(|names| are_among(names, &required));
                is.as_object().is_some_and(|map| map.values().all(is_met))
                    || self.gap(gaps, What::Differs(keyword.to_owned()), wide, narrow, keyword)
            }
            "dependentSchemas" => {
                let mut children = wide.names(keyword).filter_map(|name| wide.named(keyword, name));
                children.all(|child| self.prove(&child, narrow, &mut Vec::new()))
                    || self.gap(gaps, What::Differs(keyword.to_owned()), wide, narrow, keyword)
            }
            _ => is_count_met(keyword, is, narrow) || self.gap(gaps, condition(keyword, is), wide, narrow, keyword),
        }
    }

    fn required<'s>(&mut self, wide: &Node<'s>, is: &Value, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let Some(names) = is.as_array() else {
            return self.gap(gaps, What::Differs("required".to_owned()), wide, narrow, "required");
        };
        let given = narrow.required();
        let mut is_proven = true;
        for name in names.iter().filter_map(Value::as_str).filter(|name| !given.contains(name)) {
            is_proven = self.gap(gaps, What::Required(name.to_owned()), wide, narrow, "required");
        }
        is_proven
    }

    fn properties<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let declared = declared(narrow);
        let mut is_proven = wide.get("properties").is_some_and(Value::is_object);
        for name in wide.names("properties") {
            let Some(child) = wide.named("properties", name) else { continue };
            if declared.as_ref().is_none_or(|declared| declared.contains(name)) {
                is_proven &= self.within(name, &child, &narrow.property(name), gaps);
            }
        }
        is_proven
    }

    /// What `wide` says of the properties that it does not declare, of those that `narrow` declares and all others.
    fn additional<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let Some(child) = wide.child("additionalProperties") else { return true };
        let own: BTreeSet<&str> = wide.names("properties").collect();
        let refuses = child.schema == &Value::Bool(false);
        let mut is_proven = true;
        for name in narrow.properties().into_iter().filter(|name| !own.contains(name)) {
            let property = narrow.property(name);
            if !refuses {
                is_proven &= self.within(name, &child, &property, gaps);
            } else if !self.is_empty(&property, 0) {
                let what = What::Refused(name.to_owned());
                is_proven = self.gap_at(gaps, what, wide.pointer("additionalProperties"), property.pointer(""));
            }
        }
        let mut others: Vec<Narrow<'s>> = vec![narrow.others()];
        others.extend(narrow.patterns().into_iter().map(|(_, property)| property));
        if !others.iter().all(|property| self.prove_inside(&child, property)) {
            is_proven = self.gap(gaps, What::Open { refuses }, wide, narrow, "additionalProperties");
        }
        is_proven
    }

    /// What `wide` says of properties by pattern: the same pattern says as much, or every property does.
    fn patterns<'s>(&mut self, wide: &Node<'s>, narrow: &Narrow<'s>, gaps: &mut Vec<Gap>) -> bool {
        let patterns = narrow.patterns();
        let mut every: Vec<Narrow<'s>> = narrow.properties().iter().map(|name| narrow.property(name)).collect();
        every.push(narrow.others());
        every.extend(patterns.iter().map(|(_, property)| property.clone()));
        let mut is_proven = true;
        for pattern in wide.names("patternProperties") {
            let Some(child) = wide.named("patternProperties", pattern) else { continue };
            let mut same = patterns.iter().filter(|(other, _)| *other == pattern);
            if !same.any(|(_, property)| self.prove_inside(&child, property))
                && !every.iter().all(|property| self.prove_inside(&child, property))
            {
                let what = What::Differs(format!("patternProperties: {}", super::gap::shown(&Value::from(pattern))));
                is_proven = self.gap(gaps, what, wide, narrow, "patternProperties");
            }
        }
        is_proven
    }
}

fn are_among(names: &[Value], required: &BTreeSet<&str>) -> bool {
    names.iter().all(|name| name.as_str().is_some_and(|name| required.contains(name)))
}

fn is_count_met(keyword: &str, is: &Value, narrow: &Narrow<'_>) -> bool {
    let Some(bound) = is.as_u64() else { return false };
    if keyword == "minProperties" {
        return narrow.least(keyword).max(narrow.required().len() as u64) >= bound;
    }
    let closed = |node: &Node<'_>| {
        let is_closed = node.get("additionalProperties") == Some(&Value::Bool(false));
        (is_closed && node.get("patternProperties").is_none()).then(|| node.names("properties").count() as u64)
    };
    let most = narrow.all.iter().filter_map(closed).chain(narrow.most(keyword)).min();
    most.is_some_and(|most| most <= bound)
}

/// The properties that `narrow` declares by name, in any of its branches; `None` where it declares none, or says
/// something of others too, so that callers may give what they like.
///
/// `None` also where it does not matter.
fn declared<'s>(narrow: &Narrow<'s>) -> Option<BTreeSet<&'s str>> {
    let nodes = narrow.around()?;
    let is_free = |node: &Node<'_>| {
        let others = node.get("additionalProperties").and_then(Value::as_object);
        others.is_some_and(|map| !map.is_empty()) || node.get("patternProperties").is_some()
    };
    let is_declaring = nodes.iter().any(|node| node.get("properties").is_some());
    let is_declaring = is_declaring && nodes.len() < APPLYING && !nodes.iter().any(is_free);
    is_declaring.then(|| nodes.iter().flat_map(|node| node.names("properties")).collect())
}
