//! `contract` of a binary that was built without the feature.

use clap::ArgMatches;
use edafw_core::{Backend, Error, Result};

use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;

pub(super) fn run<B: Backend>(_: &AppBuilder<B>, _: &ArgMatches, _: Output) -> Result<Exit> {
    Err(Error::configuration(
        "this binary was built without contracts: add the feature `contracts` of `edafw`, as in `edafw = { version = \
         \"..\", features = [\"contracts\"] }`",
    ))
}
