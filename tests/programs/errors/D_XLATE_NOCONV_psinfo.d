/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(curpsinfo->pr_rssize); exit(0); }
