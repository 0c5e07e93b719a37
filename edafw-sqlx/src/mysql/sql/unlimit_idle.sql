set session wait_timeout = @edafw_wait_timeout;
