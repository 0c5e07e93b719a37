//! `service!` and `worker!`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Path};

/// The constant at the crate root that annotations read. Its name is what the compiler prints where
/// `service!` was forgotten, so it says what to do.
fn constant() -> TokenStream {
    quote!(write_edafw_service_with_its_name_at_the_crate_root)
}

/// The service that the user's crate belongs to.
pub(super) fn name() -> TokenStream {
    let constant = constant();
    quote!(crate::#constant)
}

/// Declares the service.
pub(crate) fn service(name: &LitStr) -> TokenStream {
    let constant = constant();
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals)]
        pub(crate) const #constant: &str = #name;
    }
}

/// The whole worker binary. Its `main` may be called from outside of a module that it stands in: so one program
/// can hold the workers of several services.
pub(crate) fn worker(app: &Path, private: &TokenStream) -> TokenStream {
    quote! {
        pub(crate) fn main() -> ::std::process::ExitCode {
            #private::worker_main(#app)
        }
    }
}
