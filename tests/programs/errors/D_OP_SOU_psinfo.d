/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(curpsinfo.pr_pid); exit(0); }
