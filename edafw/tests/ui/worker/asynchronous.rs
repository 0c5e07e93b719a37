edafw::worker!(app);
async fn app() -> edafw::AppBuilder<edafw::Sqlite> {
    edafw::App::builder("member")
}
