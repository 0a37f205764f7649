/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(curpsinfo->pr_pad1); exit(0); }
