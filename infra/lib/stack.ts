// The whole gate as one stack. It owns no repository, and none of its parts is written in another language than the gate.

import { Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Approval } from './approval';
import { Builds } from './builds';
import { Config } from './config';
import { Events } from './events';
import { Artifact, Functions } from './functions';
import { Guard } from './guard';
import { Machine } from './machine';
import { Reports } from './reports';
import { Storage } from './storage';
import { Watch } from './watch';

/** What a deployment chose, and the functions' program. */
export interface Choice {
  readonly config: Config;
  readonly artifact: Artifact;
}

export class GatedStack extends Stack {
  constructor(scope: Construct, id: string, choose: (stack: Stack) => Choice, props: StackProps) {
    super(scope, id, { ...props, description: 'gated: a merge gate for CodeCommit' });
    const { config, artifact } = choose(this);
    const storage = new Storage(this, config);
    const builds = new Builds(this, config, storage);
    const functions = new Functions(this, config, storage, artifact);
    if (config.reportGroups) {
      // The groups are there before a buildspec names them.
      functions.node.addDependency(new Reports(this, config));
    }
    const machine = new Machine(this, config, storage, functions, builds);
    const events = new Events(this, config, functions);
    const approval = new Approval(this, config, functions, artifact);
    // A rule without a gate behind it would block every merge: it comes last, and goes first.
    approval.resource.node.addDependency(machine, events);
    new Guard(this, config, storage);
    new Watch(this, config, functions, events);
  }
}
