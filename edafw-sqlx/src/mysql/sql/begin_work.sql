-- A process that stands still in it holds up others for so many seconds: then the server ends the session. One that was
-- kept for so long without use is ended too, and is asked before it is used.
set session wait_timeout = 10;
