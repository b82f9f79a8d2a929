import { Code } from '../ui/parts.tsx';
import { stepsOf, type Step } from './plan-steps.ts';

/** The steps of a query, the last one first, each over those that feed it. */
export function Plan({ text }: { readonly text: string }) {
  const root = stepsOf(text);
  if (root === undefined) return <Code text={text} />;
  return (
    <ul class="plan">
      <StepView step={root} />
    </ul>
  );
}

function StepView({ step }: { readonly step: Step }) {
  return (
    <li>
      <div class="step">
        <strong>{step.type}</strong>
        {step.details.map((d) => (
          <span key={d}>{d}</span>
        ))}
        <small class="dim">{step.schema}</small>
      </div>
      {step.inputs.length === 0 ? null : (
        <ul>
          {step.inputs.map((input, i) => (
            <StepView key={i} step={input} />
          ))}
        </ul>
      )}
    </li>
  );
}
