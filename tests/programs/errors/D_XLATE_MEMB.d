/*
 * @args: -xerrtags
 * @status: 1
 */
struct out { int o; };
translator struct out < int T > {
	o = T;
	other = T;
};
BEGIN { exit(0); }
