#!/usr/bin/env bash
# A Slurm cluster of one node with two fake GPUs, from Debian's packages, without systemd, all of it under one folder.
#   cluster.sh start FOLDER
#   cluster.sh stop FOLDER
# Its configuration is linked to from /etc/slurm, as the executor's plugin clears SLURM_CONF from the environment of jobs;
# a machine that has a Slurm of its own is left alone. What a killed run of the tests left there is cleared away first.
set -euo pipefail
folder=$2
linked=/etc/slurm/slurm.conf

# A link whose target is gone, or one to an earlier cluster of these tests.
clear_left_over() {
    local target
    target=$(readlink $linked) || return 0
    if [ ! -e "$target" ]; then
        rm -f $linked "$(dirname $linked)/gres.conf"
    elif grep -q '^ClusterName=knnkd$' "$target"; then
        "$0" stop "$(dirname "$target")"
    fi
}

start() {
    clear_left_over
    if [ -e $linked ] || [ -L $linked ]; then
        echo "cluster.sh: there is a $linked already; this machine has a Slurm of its own" >&2
        exit 1
    fi
    mkdir -p "$folder"/{state,spool,log}
    chmod 755 "$folder"
    local host
    host=$(hostname -s)
    head -c 1024 /dev/urandom > "$folder/munge.key"
    chmod 400 "$folder/munge.key"
    munged --force --key-file "$folder/munge.key" --socket "$folder/munge.socket" --pid-file "$folder/munged.pid" \
        --log-file "$folder/log/munged.log" --seed-file "$folder/munge.seed" --num-threads 2 \
        > "$folder/log/start.log" 2>&1
    cat > "$folder/gres.conf" << END
AutoDetect=off
NodeName=$host Name=gpu File=/dev/null
NodeName=$host Name=gpu File=/dev/zero
END
    # Slurm forgets which GPU a job had once it has ended.
    cat > "$folder/prolog.sh" << END
#!/bin/sh
echo "\$SLURM_JOB_ID \${SLURM_JOB_GPUS:-}" >> "$folder/gpus.txt"
END
    chmod +x "$folder/prolog.sh"
    cat > "$folder/slurm.conf" << END
ClusterName=knnkd
SlurmctldHost=$host
SlurmctldPort=6917
SlurmdPort=6918
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs.txt
Prolog=$folder/prolog.sh
ReturnToService=2
KillWait=2
MinJobAge=3600
GresTypes=gpu
NodeName=$host CPUs=4 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=ALL MaxTime=INFINITE State=UP
END
    mkdir -p "$(dirname $linked)"
    ln -s "$folder/slurm.conf" $linked
    ln -sf "$folder/gres.conf" "$(dirname $linked)/gres.conf"
    touch "$folder/jobs.txt" "$folder/gpus.txt"
    # Not into the caller's pipe, which would stay open as long as they run.
    slurmctld >> "$folder/log/start.log" 2>&1
    slurmd >> "$folder/log/start.log" 2>&1
    for _ in $(seq 60); do
        if [ "$(timeout 2 sinfo --noheader -o %t -p cpu 2> /dev/null)" = idle ]; then
            return
        fi
        sleep 0.5
    done
    echo "cluster.sh: the node did not become idle; see $folder/log" >&2
    tail -n 5 "$folder"/log/*.log >&2
    stop
    exit 1
}

stop() {
    if [ "$(readlink $linked)" = "$folder/slurm.conf" ]; then
        rm -f $linked "$(dirname $linked)/gres.conf"
    fi
    for name in slurmctld slurmd munged; do
        if [ -f "$folder/$name.pid" ]; then
            kill "$(cat "$folder/$name.pid")" 2> /dev/null || true
        fi
    done
}

"$1"
