// What people look at, and what wakes them: a dashboard, and an alarm for each thing that should not happen. The runbook of
// each alarm is in `infra/README.md`.

import { Aws, Duration } from 'aws-cdk-lib';
import * as cw from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Config } from './config';
import { Events } from './events';
import { Functions } from './functions';

/** Namespace of the metrics that the functions write into their logs, in embedded metric format. */
const NAMESPACE = 'gated';

/** Alarm, metric and what it means. The metrics' names are those of `engine/lambda/src/metrics.rs`. */
export const ALARMS = [
  ['gate-error', 'GateError', 'The gate itself failed on a pull request'],
  ['override-used', 'OverrideUsed', 'Somebody set the approval rules of a pull request aside'],
  ['rule-edited', 'RuleEdited', 'Somebody changed an approval rule or its template'],
  ['merge-without-pass', 'MergedWithoutPass', 'A pull request was merged without a pass of the gate'],
  ['sweeper-found-work', 'SweeperFoundWork', 'Events were lost: the sweeper started a gate that one of them should have'],
] as const;
/** Kinds of requirement that a revision may miss: the first parts of the ids in `engine/core/src/judge`. */
const REASONS = ['policy', 'owners', 'build', 'setup', 'stage', 'tests', 'coverage', 'container'];
/** Every way in which a function fails counts here, also where it cannot write a line; three are all tries of one event. */
const MANY_ERRORS = 3;

export class Watch extends Construct {
  constructor(scope: Construct, config: Config, functions: Functions, events: Events) {
    super(scope, 'Watch');
    const metric = (metricName: string, statistic: string, dimensions: Record<string, string> = {}): cw.Metric =>
      new cw.Metric({
        namespace: NAMESPACE,
        metricName,
        statistic,
        period: Duration.minutes(5),
        dimensionsMap: { service: config.service, ...dimensions },
      });
    const alarms = ALARMS.map(([name, metricName, description]) => {
      // What else a sweep finds is nobody's loss: a title that was edited, a retry, a repository that is new.
      return this.alarm(config, name, description, metric(metricName, 'Sum', name === 'sweeper-found-work' ? { kind: 'missed' } : {}));
    });
    // An alarm each: a queue that nothing ever went into has no data, and a sum with it none either.
    const dead = [
      ['dead-letters-undelivered', 'An event could not be delivered', events.undelivered],
      ['dead-letters-failed', 'A function failed at an event three times', functions.failed],
    ] as const;
    const depths = dead.map(([name, description, queue]) => {
      const depth = queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(5) });
      alarms.push(this.alarm(config, name, description, depth));
      return depth;
    });
    // Of these two everything else that is counted comes. An execution that fails is counted by intake: no alarm of its own.
    const errors = (['intake', 'sweeper'] as const).map((name) => {
      const metricOfErrors = functions.live[name].lambda.metricErrors({ statistic: 'Sum', period: Duration.minutes(15) });
      alarms.push(this.alarm(config, `${name}-errors`, `The function ${name} fails again and again`, metricOfErrors, MANY_ERRORS));
      return metricOfErrors;
    });

    const graph = (title: string, left: cw.IMetric[]): cw.GraphWidget => new cw.GraphWidget({ title, left, width: 8 });
    new cw.Dashboard(this, 'Dashboard', {
      // Dashboards are the account's, not the region's.
      dashboardName: `${config.service}-${Aws.REGION}`,
      widgets: [
        [new cw.AlarmStatusWidget({ title: 'What should not happen', alarms, width: 24 })],
        [
          graph('Time to verdict, ms', [metric('TimeToVerdict', 'p50'), metric('TimeToVerdict', 'p90')]),
          graph('Queue wait, ms', [metric('QueueWait', 'p50'), metric('QueueWait', 'p90')]),
          graph('Verdicts', ['pass', 'fail', 'error', 'waiting'].map((verdict) => metric('Verdicts', 'Sum', { verdict }))),
        ],
        [
          graph('What kept a revision from passing', REASONS.map((reason) => metric('VerdictReasons', 'Sum', { reason }))),
          graph('Skips granted, flaky tests', [metric('SkipsGranted', 'Sum'), metric('Flaky', 'Sum')]),
          graph('Errors by class', ['transient', 'misconfigured', 'forged'].map((name) => metric('Errors', 'Sum', { class: name }))),
        ],
        [
          graph('State transitions (what the gate costs)', [metric('Transitions', 'Sum')]),
          graph('Dead letters, errors of functions', [...depths, ...errors]),
          graph('Found by the sweeper', ['missed', 'again', 'bound', 'left'].map((kind) => metric('SweeperFoundWork', 'Sum', { kind }))),
        ],
      ],
    });
  }

  private alarm(config: Config, name: string, alarmDescription: string, metric: cw.IMetric, threshold = 1): cw.Alarm {
    const alarm = new cw.Alarm(this, name, {
      alarmName: `${config.service}-${name}`,
      alarmDescription: `${alarmDescription}. Runbook: infra/README.md, ${name}`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: cw.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cw.TreatMissingData.NOT_BREACHING,
    });
    const topic = config.alarmTopic;
    if (topic !== undefined) {
      alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic }) });
    }
    return alarm;
  }
}
