edafw::worker!(app);
fn app() {}
