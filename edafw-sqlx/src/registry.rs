//! What all handles of one place share in this process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

/// Things by the identity of the place that they belong to, each as long as a handle of the place lives.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    open: LazyLock<Mutex<HashMap<String, Weak<T>>>>,
}

impl<T: Default> Registry<T> {
    /// A registry that knows nothing yet.
    pub(crate) const fn new() -> Self {
        Self { open: LazyLock::new(Mutex::default) }
    }

    /// What the place of this identity has; a new one where nobody has it open.
    pub(crate) fn of(&self, identity: &str) -> Arc<T> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, shared| shared.strong_count() > 0);
        if let Some(shared) = open.get(identity).and_then(Weak::upgrade) {
            return shared;
        }
        let shared = Arc::new(T::default());
        open.insert(identity.to_owned(), Arc::downgrade(&shared));
        shared
    }
}
