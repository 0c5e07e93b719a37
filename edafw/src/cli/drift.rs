//! A difference between what is declared and what exists, as commands print it.

use std::fmt::{Display, Formatter};

use edafw_core::{Binding, Drift, Ordering};
use serde::Serialize;

/// One difference. Fields that its kind does not have are left out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Difference {
    pub(super) kind: &'static str,
    pub(super) queue: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<Binding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<u64>,
}

impl Difference {
    pub(super) fn of(drift: &Drift) -> Self {
        let base = |kind, queue: &String| Self {
            kind,
            queue: queue.clone(),
            from: None,
            binding: None,
            ordering: None,
            setting: None,
            declared: None,
            found: None,
            messages: None,
        };
        match drift {
            Drift::MissingQueue { queue } => base("missing_queue", queue),
            Drift::RenamedQueue { from, to } => {
                Self { from: Some(from.clone()), ..base("renamed_queue", to) }
            }
            Drift::MissingBinding { queue, binding } => {
                Self { binding: Some(binding.clone()), ..base("missing_binding", queue) }
            }
            Drift::ExtraBinding { queue, binding } => {
                Self { binding: Some(binding.clone()), ..base("extra_binding", queue) }
            }
            Drift::OrderingDiffers { queue, declared } => {
                let declared = match declared {
                    Ordering::Key => "key",
                    Ordering::None => "none",
                };
                Self { ordering: Some(declared), ..base("ordering_differs", queue) }
            }
            Drift::SettingDiffers { queue, setting, declared, found } => Self {
                setting: Some(setting.clone()),
                declared: Some(declared.clone()),
                found: found.clone(),
                ..base("setting_differs", queue)
            },
            Drift::UndeclaredQueue { queue, messages } => {
                Self { messages: Some(*messages), ..base("undeclared_queue", queue) }
            }
        }
    }

    /// Whether `provision apply` makes it go away. A queue that nobody declares is kept.
    pub(super) fn is_mended_by_apply(&self) -> bool {
        self.kind != "undeclared_queue"
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { queue, .. } = self;
        let binding = self.binding.as_ref().map_or_else(String::new, describe_binding);
        match self.kind {
            "missing_queue" => write!(f, "+ queue {queue}"),
            "renamed_queue" => {
                write!(f, "~ queue {queue}: now called {}", self.from.as_deref().unwrap_or("-"))
            }
            "missing_binding" => write!(f, "+ {queue} gets {binding}"),
            "extra_binding" => write!(f, "- {queue} gets {binding}"),
            "ordering_differs" => {
                write!(f, "~ queue {queue}: ordering = {}", self.ordering.unwrap_or("key"))
            }
            "setting_differs" => write!(
                f,
                "~ queue {queue}: {} = {}, not {}",
                self.setting.as_deref().unwrap_or("-"),
                self.declared.as_deref().unwrap_or("-"),
                self.found.as_deref().unwrap_or("unset")
            ),
            _ => write!(
                f,
                "  queue {queue} belongs to no subscriber; it is kept with its {} messages",
                self.messages.unwrap_or(0)
            ),
        }
    }
}

/// What a queue gets, in words.
pub(super) fn describe_binding(binding: &Binding) -> String {
    match &binding.event {
        Some(event) => format!("{event} of {}", binding.topic),
        None => format!("every event of {}", binding.topic),
    }
}
