//! The schema of a contract's data, as `AsyncAPI` writes it.
//!
//! The file of a contract is JSON Schema 2020-12. `AsyncAPI` goes by draft 7. Source: `AsyncAPI` specification 3.0.0,
//! "Schema Object".

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::contracts::Contract;
use crate::registry::ExternalEventDeclaration;

/// The schema in draft 7. Its references are relative to itself.
pub(super) fn schema(given: &ExternalEventDeclaration) -> Option<Value> {
    let mut schema = Schema::try_from(Contract::declared(given)?.schema).ok()?;
    schema.remove("$schema");
    for transform in &mut SchemaSettings::draft07().transforms {
        transform.transform(&mut schema);
    }
    Some(schema.to_value())
}
