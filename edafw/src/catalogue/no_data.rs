//! The data of contracts in a build without the feature: nothing is known of it.

use serde_json::Value;

use crate::registry::ExternalEventDeclaration;

/// There is none.
pub(super) fn schema(_: &ExternalEventDeclaration) -> Option<Value> {
    None
}
