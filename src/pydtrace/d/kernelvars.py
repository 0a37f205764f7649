"""Types of kernel variables that scripts read.

BTF describes the per-CPU variables of a kernel and no others, so for the best-known of the rest the types are here, by name; for any other
one says `extern TYPE name;` in D. A type that this kernel does not have is no error: the variable then has none.
"""

from __future__ import annotations

TYPES = {
    name: of
    for of, names in {
        "unsigned long": """max_pfn max_low_pfn min_low_pfn max_mapnr loops_per_jiffy preset_lpj tick_nsec tick_usec total_forks
            page_offset_base vmalloc_base vmemmap_base phys_base totalcma_pages totalreserve_pages zero_pfn stack_guard_gap
            sysctl_user_reserve_kbytes sysctl_admin_reserve_kbytes""",
        "volatile unsigned long": "jiffies",
        "unsigned long long": "jiffies_64",
        "unsigned int": "nr_cpu_ids nr_node_ids nr_irqs tsc_khz cpu_khz num_processors lapic_timer_period",
        "int": """nr_threads max_threads pid_max oops_in_progress panic_timeout panic_on_oops percpu_pagelist_high_fraction
            sysctl_overcommit_memory sysctl_panic_on_oom vm_swappiness dirty_background_ratio vm_dirty_ratio max_lock_depth""",
        "char *": "saved_command_line",
        "const char []": "linux_banner linux_proc_banner",
        "void *": "high_memory",
        "int [4]": "console_printk",
        "unsigned long [3]": "avenrun",
        "unsigned long []": "__per_cpu_offset",
        "atomic_long_t": "_totalram_pages vm_memory_committed",
        "enum system_states": "system_state",
        "struct task_struct": "init_task",
        "struct task_struct *": "kthreadd_task",
        "struct mm_struct": "init_mm",
        "struct cred": "init_cred",
        "struct fs_struct": "init_fs",
        "struct files_struct": "init_files",
        "struct nsproxy": "init_nsproxy",
        "struct uts_namespace": "init_uts_ns",
        "struct pid_namespace": "init_pid_ns",
        "struct user_namespace": "init_user_ns",
        "struct ipc_namespace": "init_ipc_ns",
        "struct net": "init_net",
        "struct list_head": "modules super_blocks net_namespace_list",
        "struct file_system_type *": "file_systems",
        "struct cpuinfo_x86": "boot_cpu_data",
        "struct cpumask": "__cpu_online_mask __cpu_possible_mask __cpu_present_mask __cpu_active_mask",
        "struct task_group": "root_task_group",
        "struct root_domain": "def_root_domain",
        "struct pglist_data *[]": "node_data",
        "struct pglist_data": "contig_page_data",
        "struct rcu_state": "rcu_state",
        "struct workqueue_struct *": "system_wq system_highpri_wq system_long_wq system_unbound_wq",
        "struct bus_type": "pci_bus_type cpu_subsys",
    }.items()
    for name in names.split()
}
