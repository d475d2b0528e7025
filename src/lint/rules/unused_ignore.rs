//! Rule `unused-ignore`: ignore comments that ignore nothing.

use super::UNUSED_IGNORE;
use crate::{
    domain::Level,
    lint::{Check, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: UNUSED_IGNORE,
    default: Level::Warn,
    summary: "ignore comments that ignore nothing, or give no reason",
    explanation: r#"
A comment that ignores nothing today hides a mistake tomorrow. One without a reason leaves the next reader guessing, so it
does not count.

Bad:
```yaml
# promptreg: ignore unused-variable
```
Good:
```yaml
# promptreg: ignore unused-variable -- callers send it already; 1.3.0 will use it
```
"#,
    breaks: false,
    check: Check::Ignores,
};
