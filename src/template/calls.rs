//! The helpers at work: conditions, loops, values, and the marks where messages begin.

use super::{
    emit::INPUT,
    record::{Mark, Recorder},
    values,
};
use crate::domain::{Media, Speaker};
use handlebars::{
    BlockContext, BlockParams, Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson,
    RenderContext, RenderError, RenderErrorReason, Renderable, ScopedJson, Template,
};
use serde_json::Value;

/// What the engine may call, by the names that [`emit`](super::emit) writes.
pub(super) const NAMES: [&str; 16] = [
    "out",
    "if",
    "unless",
    "each",
    "with",
    "ifEquals",
    "unlessEquals",
    "lookup",
    "json",
    "role",
    "history",
    "section",
    "media",
    "indent",
    "tick",
    "given",
];

/// A helper that writes on the sheet of one rendering.
struct Caller<'a, 'b> {
    name: &'static str,
    sheet: &'b Recorder<'a>,
}

/// Makes the named helpers known to one rendering, which begins inside the input.
pub(super) fn context<'reg: 'rc, 'rc>(sheet: &'rc Recorder<'_>, names: &[&'static str]) -> RenderContext<'reg, 'rc> {
    let mut context = RenderContext::new(None);
    if let Some(block) = context.block_mut() {
        block.base_path_mut().push(INPUT.to_owned());
    }
    for name in names {
        context.register_local_helper(name, Box::new(Caller { name, sheet }));
    }
    context
}

fn value<'h>(h: &'h Helper<'_>, at: usize) -> &'h Value {
    h.param(at).map_or(&Value::Null, PathAndJson::value)
}

fn number(h: &Helper<'_>, at: usize) -> u64 {
    value(h, at).as_u64().unwrap_or(u64::MAX)
}

impl HelperDef for Caller<'_, '_> {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        self.sheet.tick()?;
        let found = match self.name {
            "lookup" => values::lookup(value(h, 0), value(h, 1)).map(std::borrow::Cow::into_owned),
            "json" => self.json(h)?.map(Value::String),
            "given" => Some(given(h)),
            _ => return Err(RenderErrorReason::Unimplemented.into()),
        };
        Ok(ScopedJson::Derived(found.unwrap_or_default()))
    }

    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let branch = |holds: bool| if holds { h.template() } else { h.inverse() };
        let zero = || h.hash_get("includeZero").is_some_and(|value| value.value() == &Value::Bool(true));
        match self.name {
            "out" => self.out(h, out),
            "if" => self.render(branch(values::holds(value(h, 0), zero())), r, ctx, rc, out),
            "unless" => self.render(branch(!values::holds(value(h, 0), zero())), r, ctx, rc, out),
            "ifEquals" => self.render(branch(values::same(value(h, 0), value(h, 1))), r, ctx, rc, out),
            "unlessEquals" => self.render(branch(!values::same(value(h, 0), value(h, 1))), r, ctx, rc, out),
            "each" => self.each(h, r, ctx, rc, out),
            "with" => self.with(h, r, ctx, rc, out),
            "indent" => {
                self.sheet.indent(value(h, 0).as_str());
                Ok(())
            }
            "tick" => self.sheet.tick(),
            _ => self.marker(h),
        }
    }
}

impl Caller<'_, '_> {
    fn render<'reg: 'rc, 'rc>(
        &self,
        template: Option<&'rc Template>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        self.sheet.tick()?;
        template.map_or(Ok(()), |template| template.render(r, ctx, rc, out))
    }

    fn out(&self, h: &Helper<'_>, out: &mut dyn Output) -> HelperResult {
        if h.param(0).is_none_or(PathAndJson::is_value_missing) {
            return self.sheet.missing(number(h, 1));
        }
        match value(h, 0) {
            Value::Null => Ok(()),
            Value::String(text) => self.print(text, out),
            value => {
                let mut text = String::new();
                values::print(value, &mut text).map_err(|problem| self.sheet.unfit(number(h, 1), problem))?;
                self.print(&text, out)
            }
        }
    }

    fn print(&self, text: &str, out: &mut dyn Output) -> HelperResult {
        if text.trim().is_empty() {
            self.sheet.mark(Mark::Value);
        }
        Ok(out.write(text)?)
    }

    fn json(&self, h: &Helper<'_>) -> Result<Option<String>, RenderError> {
        if h.param(0).is_none_or(PathAndJson::is_value_missing) {
            self.sheet.missing(number(h, 1))?;
            return Ok(None);
        }
        let indent = h.hash_get("indent").and_then(|value| value.value().as_u64()).unwrap_or_default();
        let text = values::json(value(h, 0), usize::try_from(indent).unwrap_or_default(), self.sheet.left());
        text.map(Some).ok_or_else(|| self.sheet.too_large())
    }

    fn marker(&self, h: &Helper<'_>) -> HelperResult {
        match self.name {
            "role" => self.sheet.mark(Mark::Role(match value(h, 0).as_str() {
                Some("system") => Speaker::System,
                Some("model" | "assistant") => Speaker::Assistant,
                Some("tool") => Speaker::Tool,
                _ => Speaker::User,
            })),
            "history" => self.sheet.mark(Mark::History),
            "section" => match value(h, 0) {
                Value::String(name) => self.sheet.mark(Mark::Section(name.clone())),
                _ => return Err(self.sheet.unfit(number(h, 1), "needs a text as its name")),
            },
            "media" => {
                let text = |name| h.hash_get(name).and_then(|value| value.value().as_str()).map(str::to_owned);
                let Some(url) = text("url") else {
                    return Err(self.sheet.unfit(number(h, 0), "needs a text as its url"));
                };
                if url.len() > self.sheet.left() {
                    return Err(self.sheet.too_large());
                }
                self.sheet.mark(Mark::Media(Media { url, content_type: text("contentType") }));
            }
            _ => {}
        }
        self.sheet.tick()
    }

    fn with<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let Some(param) = h.param(0).filter(|param| values::holds(param.value(), true)) else {
            return self.render(h.inverse(), r, ctx, rc, out);
        };
        let mut block = BlockContext::new();
        if let Some(parent) = rc.block() {
            block.local_variables_mut().clone_from(parent.local_variables());
        }
        let base = param.context_path();
        place(&mut block, base.cloned(), param.value());
        bind(&mut block, h, base.is_some(), param.value(), &Value::Null)?;
        rc.push_block(block);
        let result = self.render(h.template(), r, ctx, rc, out);
        rc.pop_block();
        result
    }

    fn each<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let items: Box<dyn ExactSizeIterator<Item = (Value, &Value)>> = match value(h, 0) {
            Value::Array(items) => Box::new(items.iter().enumerate().map(|(index, item)| (index.into(), item))),
            Value::Object(map) => Box::new(map.iter().map(|(name, item)| (Value::from(name.as_str()), item))),
            _ => return self.render(h.inverse(), r, ctx, rc, out),
        };
        let count = items.len();
        if count == 0 {
            return self.render(h.inverse(), r, ctx, rc, out);
        }
        let base = h.param(0).and_then(PathAndJson::context_path).cloned();
        for (index, (key, item)) in items.enumerate() {
            let mut block = BlockContext::new();
            block.set_local_var("first", Value::Bool(index == 0));
            block.set_local_var("last", Value::Bool(index + 1 == count));
            block.set_local_var("index", index.into());
            let path = base.as_ref().map(|base| {
                let name = key.as_str().map_or_else(|| index.to_string(), str::to_owned);
                base.iter().cloned().chain([name]).collect()
            });
            place(&mut block, path, item);
            bind(&mut block, h, base.is_some(), item, &key)?;
            block.set_local_var("key", key);
            rc.push_block(block);
            let result = self.render(h.template(), r, ctx, rc, out);
            rc.pop_block();
            result?;
        }
        Ok(())
    }
}

/// What a partial sees that is given values by name; a value that is not there is not given.
fn given(h: &Helper<'_>) -> Value {
    let mut map = value(h, 0).as_object().cloned().unwrap_or_default();
    for (name, value) in h.hash() {
        map.remove(*name);
        if !value.is_value_missing() {
            map.insert((*name).to_owned(), value.value().clone());
        }
    }
    Value::Object(map)
}

/// What bare names inside a block belong to: a place in the data, or a value that is nowhere in it.
fn place(block: &mut BlockContext<'_>, path: Option<Vec<String>>, value: &Value) {
    match path {
        Some(path) => *block.base_path_mut() = path,
        None => block.set_base_value(value.clone()),
    }
}

/// `as |item index|`.
fn bind<'rc>(
    block: &mut BlockContext<'rc>,
    h: &Helper<'rc>,
    placed: bool,
    item: &Value,
    key: &Value,
) -> Result<(), RenderError> {
    let (item_name, key_name) = match (h.block_param(), h.block_param_pair()) {
        (Some(item), _) => (item, None),
        (_, Some((item, key))) => (item, Some(key)),
        _ => return Ok(()),
    };
    let mut params = BlockParams::new();
    if placed {
        params.add_path(item_name, Vec::new())?;
    } else {
        params.add_value(item_name, item.clone())?;
    }
    if let Some(name) = key_name {
        params.add_value(name, key.clone())?;
    }
    block.set_block_params(params);
    Ok(())
}
