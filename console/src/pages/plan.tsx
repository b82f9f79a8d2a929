import { Code } from '../ui/detail.tsx';
import { count } from '../ui/numbers.ts';
import { rateOf, stepsOf, type RatesOfSteps, type Step } from './plan-steps.ts';

/** The steps of a query, the last one first, each above its inputs. */
export function Plan({ text, rates }: { readonly text: string; readonly rates: RatesOfSteps | undefined }) {
  const root = stepsOf(text);
  if (root === undefined) return <Code text={text} />;
  return (
    <ul class="plan">
      <StepView step={root} rates={rates} />
    </ul>
  );
}

function StepView({ step, rates }: { readonly step: Step; readonly rates: RatesOfSteps | undefined }) {
  const rate = rates && rateOf(step, rates);
  return (
    <li>
      <div class="step">
        <strong>{step.type}</strong>
        {step.details.map((d) => (
          <span key={d}>{d}</span>
        ))}
        <small class="dim">{step.schema}</small>
        {rate === undefined ? null : (
          <small class="rate">
            {count(rate.perSecond)}/s{rate.waiting > 0 ? `, ${count(rate.waiting)} waiting` : ''}
          </small>
        )}
      </div>
      {step.inputs.length === 0 ? null : (
        <ul>
          {step.inputs.map((input, i) => (
            <StepView key={i} step={input} rates={rates} />
          ))}
        </ul>
      )}
    </li>
  );
}
