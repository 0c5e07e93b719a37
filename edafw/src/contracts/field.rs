//! What the type of a contract's field must have.

use schemars::JsonSchema;

/// A type with a schema. The compiler's message about another type in a contract is the one here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON Schema",
    label = "a field of a contract with other systems needs one",
    note = "a type of your own derives it: `#[derive(edafw::contracts::JsonSchema)]` and `#[schemars(crate = \"edafw::contracts::schemars\")]`",
    note = "for a type of another crate, add the feature of `schemars` that knows it, or say what it is written as: `#[schemars(with = \"String\")]` on the field"
)]
pub trait ContractField {
    /// There to be named.
    const DESCRIBED: ();
}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema> ContractField for T {
    const DESCRIBED: () = ();
}
