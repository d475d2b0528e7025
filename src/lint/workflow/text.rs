//! The templates of a workflow, each with its place and with what it may read.

use crate::{
    domain::{Limits, TriggerKind, Workflow},
    lint::context::escape,
    template::{self, Parsed, TemplateFault},
};
use serde_json::{Map, Value};

/// One template of a workflow.
#[derive(Debug)]
pub(in crate::lint) struct Text<'a> {
    /// Its JSON pointer.
    pub(in crate::lint) pointer: String,
    /// The text.
    pub(in crate::lint) text: &'a str,
    /// Who reads with it.
    pub(in crate::lint) reader: Reader,
    /// What was found in it.
    pub(in crate::lint) parsed: Parsed,
}

/// Who reads, which says what there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Reader {
    /// A webhook: the request.
    Trigger,
    /// A step, by its place: the input, and the outputs of the steps before it.
    Step(usize),
    /// The result: the input and all outputs.
    Output,
}

impl Text<'_> {
    /// Whether it is one expression and nothing else, so that the value keeps its type.
    pub(in crate::lint) fn is_exact(&self) -> bool {
        self.parsed.is_one_value(self.text)
    }
}

/// The texts of a workflow that hold braces, in its order.
pub(in crate::lint) fn texts<'a>(workflow: &'a Workflow, limits: &Limits) -> Vec<Text<'a>> {
    let mut found = Found { limits, texts: Vec::new() };
    for (i, trigger) in workflow.triggers.iter().enumerate() {
        if let TriggerKind::Webhook { input_mapping, .. } = &trigger.kind {
            found.map(&format!("/triggers/{i}/input_mapping"), input_mapping, Reader::Trigger);
        }
    }
    for (i, step) in workflow.steps.iter().enumerate() {
        found.map(&format!("/steps/{i}/input_mapping"), &step.input_mapping, Reader::Step(i));
        if let Some(when) = &step.when {
            found.text(format!("/steps/{i}/when"), when, Reader::Step(i));
        }
    }
    found.map("/output", &workflow.output, Reader::Output);
    found.texts
}

struct Found<'a, 'l> {
    limits: &'l Limits,
    texts: Vec<Text<'a>>,
}

impl<'a> Found<'a, '_> {
    fn map(&mut self, pointer: &str, map: &'a Map<String, Value>, reader: Reader) {
        for (key, value) in map {
            self.value(format!("{pointer}/{}", escape(key)), value, reader);
        }
    }

    fn value(&mut self, pointer: String, value: &'a Value, reader: Reader) {
        match value {
            Value::String(text) => self.text(pointer, text, reader),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| self.value(format!("{pointer}/{i}"), item, reader));
            }
            Value::Object(map) => self.map(&pointer, map, reader),
            _ => {}
        }
    }

    fn text(&mut self, pointer: String, text: &'a str, reader: Reader) {
        if text.contains("{{") {
            self.texts.push(Text { pointer, text, reader, parsed: template::parse(text, self.limits) });
        }
    }
}

/// What keeps a text from being a template of a workflow: besides its own faults, whatever only prompts have.
pub(in crate::lint) fn faults(parsed: &Parsed) -> Vec<TemplateFault> {
    let mut faults = parsed.faults.clone();
    faults.extend(parsed.partials.iter().map(|partial| TemplateFault {
        span: partial.span,
        message: format!("a workflow includes no partials, and `{}` would be one", partial.name),
        help: "include it in the prompt of a step".to_owned(),
    }));
    faults.extend(parsed.markers.iter().map(|marker| TemplateFault {
        span: marker.span,
        message: format!("`{}` makes messages, and a workflow passes on values", marker.helper),
        help: "write it into the prompt of a step".to_owned(),
    }));
    faults
}
